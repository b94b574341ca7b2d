-- One number for each account: what figures about accounts group by, instead of 32 to 64 digits and a key id.
-- 64 bits of hashes of at least 128: two of a million accounts meet with a chance of one in thirty million.
-- Rows written before have it when they are read, and in their parts once these are merged.

ALTER TABLE usage_accounts_1d {{on_cluster}}
    ADD COLUMN IF NOT EXISTS account UInt64 MATERIALIZED cityHash64(account_key_id, account_hash);
