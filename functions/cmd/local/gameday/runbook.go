package main

import (
	"fmt"
	"os"
	"strings"
)

// opsPrefix is how the runbook begins a command of ops.
const opsPrefix = "go run ./functions/cmd/ops "

// runbook are the lines of shell in each section of the runbook, by the section's title.
type runbook map[string][]string

// readRunbook reads the code blocks of a page. A comment behind a command is no part of it.
func readRunbook(file string) (runbook, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}

	book := runbook{}
	section, inside := "", false

	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)

		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside && line == "```sh"
		case !inside && strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		case inside && line != "":
			command, _, _ := strings.Cut(line, "  #")
			book[section] = append(book[section], strings.TrimSpace(strings.TrimSuffix(command, " #")))
		}
	}

	return book, nil
}

// command returns a line of a section, as it stands there.
func (b runbook) command(section, line string) (string, error) {
	for _, one := range b[section] {
		if one == line {
			return one, nil
		}
	}

	return "", fmt.Errorf("the runbook's section %q has no command %q; it has %q", section, line, b[section])
}
