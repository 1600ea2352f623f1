package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/player"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// errNoFile is the error of a file of a story that cannot be read.
var errNoFile = errors.New("the story cannot be read")

// playStory plays the story of a file.
func playStory(ctx context.Context, file string) error {
	s, err := readStory(file)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", errNoFile, file, err)
	}

	variables, _ := functionVariables(ctx, config.OS())
	for name, value := range player.Hurried() {
		if _, set := config.OS().Lookup(name); !set {
			variables[name] = value
		}
	}

	if err = checkVariables(ctx, variables); err != nil {
		return err
	}

	p := player.New(player.Options{Config: variables, Runbook: player.RunbookPath})

	if err = p.Play(ctx, s, os.Stdout); err != nil {
		err = fmt.Errorf("%s: %w", file, err)
	}

	return errors.Join(err, p.Close())
}

// readStory reads a file, no further than a story can be long.
func readStory(file string) (scenario.Scenario, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return scenario.Scenario{}, err
	}

	return scenario.Read(data)
}

// exitCode is what the process ends with.
func exitCode(err error) int {
	if errors.Is(err, errNoFile) {
		return 2
	}

	return 1
}
