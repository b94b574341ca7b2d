// Loads a compose file as Docker does, with the library Docker Compose is built on, and prints it in full.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	project, err := load(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(project)
}

func load(folder, file, env string) (string, error) {
	options, err := cli.NewProjectOptions(
		[]string{file}, cli.WithWorkingDirectory(folder), cli.WithEnvFiles(env), cli.WithDotEnv,
		cli.WithProfiles([]string{"simulator"}),
	)
	if err != nil {
		return "", err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return "", err
	}
	text, err := project.MarshalJSON()
	return string(text), err
}
