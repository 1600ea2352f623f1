package lab

import (
	"strings"
	"unicode"
)

// DefaultState is the directory of the state of a local run that is told none.
const DefaultState = ".local"

// afresh says how to begin a local run once more without what is in the directory of its state; empty means that it is in memory.
func afresh(state string) string {
	if state == "" {
		return "stop make run and start it again, since its state is in memory"
	}
	return "stop make run and run " + Clean(state)
}

// Clean is the command, in backquotes, that removes the state in a directory.
func Clean(state string) string {
	if state == DefaultState {
		return "`make clean`"
	}
	return "`make clean STATE=" + quote(state) + "`"
}

// quote returns a value as one word of the shell's.
func quote(value string) string {
	plain := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsDigit(c) || strings.ContainsRune("-_./:@%+=,", c)
	}
	if value != "" && strings.TrimFunc(value, plain) == "" {
		return value
	}

	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
