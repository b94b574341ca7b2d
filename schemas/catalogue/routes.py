"""Words of model names that are not models: who routes, who hosts, how authors are misspelt."""

from typing import Final

ROUTES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "openrouter", "litellm_proxy", "litellm", "fireworks_ai", "fireworks", "bedrock",
            "bedrock_converse", "bedrock_mantle", "converse", "invoke", "vertex_ai", "vertex_ai_beta", "azure",
            "azure_ai", "azure_text", "together_ai", "together", "togethercomputer", "groq",
            "ollama", "ollama_chat", "lm_studio", "lmstudio", "github", "github_copilot",
            "deepinfra", "glhf", "hyperbolic", "sambanova", "huggingface", "replicate",
            "cerebras", "cloudflare", "databricks", "nvidia_nim", "novita", "nebius", "nscale",
            "watsonx", "sagemaker", "sagemaker_chat", "hosted_vllm", "vllm", "llamafile",
            "lemonade", "xinference", "anyscale", "baseten", "friendliai", "featherless_ai",
            "lambda_ai", "ovhcloud", "oci", "snowflake", "vercel_ai_gateway", "aiml",
            "gradient_ai", "heroku", "volcengine", "wandb", "parasail", "chutes", "requesty",
            "portkey", "custom_openai", "text-completion-openai", "predibase", "gmi", "scaleway",
            "crusoe", "aihubmix", "publicai",
        ),
        "",
    ),
    "gemini": "google", "palm": "google", "xai": "x-ai", "mistral": "mistralai", "codestral": "mistralai",
    "text-completion-codestral": "mistralai", "cohere_chat": "cohere", "moonshot": "moonshotai",
    "zai": "z-ai", "dashscope": "qwen", "qwencloud": "qwen", "qwen_ai_platform": "qwen",
    "meta_llama": "meta-llama", "amazon_nova": "amazon", "anthropic_text": "anthropic",
}  # fmt: skip
"""Prefix of a route to the author whose models it serves, '' where it serves anyone's."""

HOST_FOLDERS: Final[dict[str, int]] = {
    "accounts": 3, "models": 1, "publishers": 1, "@cf": 1, "@hf": 1,
    **dict.fromkeys(("us", "eu", "global", "global-standard", "apac", "jp", "au"), 1),
}  # fmt: skip
"""First folder of a host's own path to the number of parts to drop (`accounts/<host>/models/`, regions)."""

AUTHORS_THAT_ROUTE: Final = frozenset(
    {
        "openai",
        "google",
        "amazon",
        "nvidia",
        "microsoft",
        "alibaba",
        "perplexity",
        "qwen",
        "mistralai",
        "x-ai",
    }
)
"""Authors whose name is also put before other authors' models (`openai/` is any OpenAI-compatible server)."""

AUTHOR_ALIASES: Final[dict[str, str]] = {
    "01ai": "01-ai", "ai21labs": "ai21", "alibaba-qwen": "qwen", "bytedance-research": "bytedance",
    "coherelabs": "cohere", "cohereforai": "cohere", "deepseek-ai": "deepseek", "gemini": "google",
    "ibm": "ibm-granite", "inclusion-ai": "inclusionai", "liquidai": "liquid", "meta": "meta-llama",
    "facebook": "meta-llama", "minimaxai": "minimax", "mistral": "mistralai", "mistral-ai": "mistralai",
    "moonshot": "moonshotai", "moonshot-ai": "moonshotai", "primeintellect": "prime-intellect",
    "reka": "rekaai", "sarvam": "sarvamai", "stepfun-ai": "stepfun", "tng": "tngtech", "xai": "x-ai",
    "xiaomimimo": "xiaomi", "zai": "z-ai", "zai-org": "z-ai", "zhipu": "z-ai", "zhipuai": "z-ai",
}  # fmt: skip
"""Other names of an author, as hubs and price lists write them."""

VARIANTS: Final = frozenset({"free", "beta", "nitro", "floor", "thinking", "extended", "exacto", "online"})
"""Suffixes after a colon that choose how a model is served, not which one."""
