package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// allowed are the licences that a module of the build may have: they ask for a notice, and for nothing of the code that links them.
var allowed = []struct {
	name string
	// words are what only this licence has, in their order.
	words *regexp.Regexp
}{
	{"Apache-2.0", regexp.MustCompile(`Apache License,? Version 2\.0`)},
	{"MIT", regexp.MustCompile(`(?s)Permission is hereby granted, free of charge, to any person obtaining a copy.*THE SOFTWARE IS PROVIDED "AS IS"`)},
	{"BSD", regexp.MustCompile(`(?s)Redistribution and use in source and binary forms, with or without modification, are permitted.*THIS SOFTWARE IS PROVIDED BY`)},
	{"ISC", regexp.MustCompile(`(?s)Permission to use, copy, modify, and(/or)? distribute this software for any purpose.*THE SOFTWARE IS PROVIDED "AS IS"`)},
}

// testOnly are modules of another licence that tests link, and nothing that is deployed: MPL-2.0 asks for the module's own files alone.
var testOnly = map[string]string{"pgregory.net/rapid": "Mozilla Public License"}

// forbidden are words of licences that ask for more, also beside one that is allowed.
var forbidden = regexp.MustCompile(`(?i)GNU (Affero |Lesser )?General Public License|Mozilla Public License|Server Side Public License|Business Source License|Commons Clause|Elastic License`)

// licenceOf returns the licence that a text is; empty if it is none of those that are allowed.
func licenceOf(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if forbidden.MatchString(text) {
		return ""
	}
	for _, l := range allowed {
		if l.words.MatchString(text) {
			return l.name
		}
	}

	return ""
}

// modules returns the directories of the modules that the build links, by their paths; with -test those that its tests link too.
func modules(t *testing.T, more ...string) map[string]string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}"}, more...)
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./...")...)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if module, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
			all[module] = dir
		}
	}

	return all
}

// TestLicences reads the licence of every module that the build or its tests link.
func TestLicences(t *testing.T) {
	t.Parallel()
	deployed, looked := modules(t), modules(t, "-test")
	for module, dir := range looked {
		found := 0
		for _, pattern := range []string{"LICEN[SC]E*", "License*", "COPYING*"} {
			paths, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				text, err := os.ReadFile(filepath.Clean(path))
				if err != nil {
					continue // a directory
				}
				found++
				_, ships := deployed[module]
				if excused := testOnly[module]; excused != "" && !ships && strings.Contains(string(text), excused) {
					continue
				}
				if licenceOf(string(text)) == "" {
					t.Errorf("%s: %s is no licence that we allow", module, filepath.Base(path))
				}
			}
		}
		if found == 0 {
			t.Errorf("%s has no licence", module)
		}
	}
	if len(looked) < 40 {
		t.Errorf("looked at %d modules, want all", len(looked))
	}
}

// TestLicencesThatAreNotAllowed holds that the check knows them.
func TestLicencesThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software … THE SOFTWARE IS PROVIDED "AS IS"`
	for text, want := range map[string]string{
		mit:                                    "MIT",
		mit + "\nwith the Commons Clause":      "",
		"GNU AFFERO GENERAL PUBLIC LICENSE":    "",
		"Mozilla Public License Version 2.0":   "",
		"Apache License\n   Version 2.0, 2004": "Apache-2.0",
		"All rights reserved.":                 "",
		"":                                     "",
	} {
		if got := licenceOf(text); got != want {
			t.Errorf("%.40q: got %q, want %q", text, got, want)
		}
	}
}
