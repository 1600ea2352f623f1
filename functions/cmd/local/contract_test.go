package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// contracts are the folders that have a CONTRACT.md.
var contracts = []string{
	"shared/platform", "shared/provider/businessonbot", "shared/provider/cloudapi", "shared/provider/gupshup", "shared/provider/kaleyra",
	"shared/provider/meta",
}

const contractFile = "CONTRACT.md"

var (
	// citation is one of a contract; the path and the section may be missing.
	citation = regexp.MustCompile(`([\w./-]*)\bCONTRACT\.md\b` + "`?" + `(?: section (\d+(?:\.\d+)*))?`)
	// misspelt is a citation whose section is written in another way.
	misspelt = regexp.MustCompile(`CONTRACT\.md\b` + "`?" + `[,;:' s(]{0,4}(?:sections|(?:§|chapter|row|part|point) ?\d|\d|, section)`)
	// section is any mention of a section by number, with the word before it.
	section = regexp.MustCompile(`(\S+) [Ss]ections? (\d+(?:\.\d+)*)`)
	// heading is a section's.
	heading = regexp.MustCompile(`(?m)^##+ (\d+(?:\.\d+)*)\.? \S`)
	// former are citations of papers that the repository does not have.
	former = regexp.MustCompile(`(?i)\bcontracts/|\brequirement 0\d|\bcontract(?:'s)? (?:[a-z]+ )?(?:sections? )?\d`)
	// target is the address of a link, which TestLinksOfTheDocuments follows.
	target = regexp.MustCompile(`\]\([^)]*\)`)
	// broken is where a comment goes on in its next line.
	broken = regexp.MustCompile(`\s*\n[ \t]*(?://)?[ \t]*`)
)

// TestContractCitationsResolve holds that what comments and documents cite of a CONTRACT.md is there, and that they cite nothing that
// the repository does not have.
func TestContractCitationsResolve(t *testing.T) {
	t.Parallel()
	sections := map[string][]string{}
	for _, folder := range contracts {
		file := path.Join(folder, contractFile)
		sections[file] = headingsOf(t, file)
	}

	found := 0
	for _, file := range sourcesOf(t) {
		text := readSource(t, file)
		if !mayCite(text) {
			continue
		}

		found += len(citation.FindAllString(text, -1))
		for _, problem := range citationProblems(file, text, sections) {
			t.Errorf("%s: %s", file, problem)
		}
	}
	if found < 100 {
		t.Errorf("got %d citations, want the hundred and more that the comments have", found)
	}
}

// TestWrongCitationsAreFound holds the test above against what it must find.
func TestWrongCitationsAreFound(t *testing.T) {
	t.Parallel()
	const own = "shared/provider/meta/"
	sections := map[string][]string{own + contractFile: {"1", "1.1", "2"}}
	for name, test := range map[string]struct {
		file, text string
		wrong      bool
	}{
		"own":                   {own + "a.go", "// As CONTRACT.md section 1.1 has it.", false},
		"own_as_a_whole":        {own + "a.go", "// As CONTRACT.md has it.", false},
		"own_over_two_lines":    {own + "a.go", "// As CONTRACT.md\n\t// section 1.1 has it.", false},
		"end_of_sentence":       {own + "a.go", "// As in CONTRACT.md section 2.", false},
		"from_elsewhere":        {"shared/a/b.go", "// (shared/provider/meta/CONTRACT.md section 1).", false},
		"other_document":        {"shared/a/b.go", "// RFC 8259 section 8.1", false},
		"section_inside":        {own + contractFile, "See section 1.1.", false},
		"contract_by_word":      {"shared/a/b.go", "// input that breaks the contract", false},
		"wrong_section":         {own + "a.go", "// As CONTRACT.md section 1.2 has it.", true},
		"wrong_section_broken":  {own + "a.go", "// As CONTRACT.md section\n// 3 has it.", true},
		"no_such_file":          {"shared/a/b.go", "// shared/provider/nobody/CONTRACT.md", true},
		"not_in_this_folder":    {"shared/a/b.go", "// CONTRACT.md section 1", true},
		"relative":              {"shared/provider/kaleyra/b.go", "// ../meta/CONTRACT.md section 1", true},
		"sections":              {own + "a.go", "// CONTRACT.md sections 1 and 2", true},
		"comma":                 {own + "a.go", "// CONTRACT.md, section 1", true},
		"number_alone":          {own + "a.go", "// CONTRACT.md 1.1", true},
		"section_of_nothing":    {"shared/a/b.go", "// holds the policy of section 6", true},
		"wrong_section_inside":  {own + contractFile, "See section 7.", true},
		"former_file":           {"shared/a/b.go", "// contracts" + "/meta.md", true},
		"former_number":         {"shared/a/b.go", "// (contract" + " 4.3)", true},
		"former_number_broken":  {"shared/a/b.go", "// (contract" + "\n// 4.3)", true},
		"former_with_a_name":    {"shared/a/b.go", "// contract" + " kaleyra 1.4", true},
		"former_with_a_section": {"shared/a/b.go", "// the contract" + "'s section 6", true},
		"former_requirement":    {"README.md", "requirement" + " 000", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := citationProblems(test.file, unbroken(test.text), sections)
			if (len(problems) > 0) != test.wrong {
				t.Errorf("got %q, want any: %t", problems, test.wrong)
			}
		})
	}
}

// citationProblems returns what is wrong with the citations of a file, whose lines are joined. sections are the numbers of each
// contract's headings.
func citationProblems(file, text string, sections map[string][]string) []string {
	var problems []string
	for _, hit := range former.FindAllString(text, -1) {
		problems = append(problems, fmt.Sprintf("%q is not in the repository; cite a CONTRACT.md", hit))
	}
	for _, hit := range misspelt.FindAllString(text, -1) {
		problems = append(problems, fmt.Sprintf("%q is not spelled as \"CONTRACT.md section 1.1\"", hit))
	}

	for _, hit := range citation.FindAllStringSubmatch(text, -1) {
		cited := hit[1] + contractFile
		if hit[1] == "" {
			cited = path.Join(path.Dir(file), contractFile)
		}

		numbers, exists := sections[cited]
		switch {
		case !exists:
			problems = append(problems, fmt.Sprintf("%q: no %s", hit[0], cited))
		case hit[2] != "" && !slices.Contains(numbers, hit[2]):
			problems = append(problems, fmt.Sprintf("%q: %s has no such section", hit[0], cited))
		}
	}

	return append(problems, looseSections(file, text, sections[file])...)
}

// looseSections returns the mentions of sections that are of no CONTRACT.md that is named, and of no RFC. A contract's own sections
// need no name in it.
func looseSections(file, text string, own []string) []string {
	var problems []string
	for _, hit := range section.FindAllStringSubmatchIndex(text, -1) {
		before, number := text[hit[2]:hit[3]], text[hit[4]:hit[5]]
		rfc := strings.Trim(before, "0123456789") == "" && strings.HasSuffix(text[:hit[2]], "RFC ")
		switch {
		case strings.Contains(before, contractFile), rfc:
		case path.Base(file) != contractFile:
			problems = append(problems, fmt.Sprintf("%q does not say of what", text[hit[0]:hit[1]]))
		case !slices.Contains(own, number):
			problems = append(problems, fmt.Sprintf("%q: there is no such section", text[hit[0]:hit[1]]))
		}
	}

	return problems
}

// mayCite reports whether a text has any of the words that a citation needs; the expressions are slow.
func mayCite(text string) bool {
	return slices.ContainsFunc([]string{"CONTRACT", "ontract", "equirement 0", "ection "}, func(word string) bool {
		return strings.Contains(text, word)
	})
}

// unbroken joins lines, and with them the lines of a comment.
func unbroken(text string) string { return broken.ReplaceAllString(text, " ") }

func readSource(t *testing.T, file string) string {
	t.Helper()
	return unbroken(target.ReplaceAllString(read(t, file), "]"))
}

// headingsOf returns the numbers of a contract's sections.
func headingsOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Error(err)
		return nil
	}

	var numbers []string
	for _, m := range heading.FindAllStringSubmatch(string(text), -1) {
		if slices.Contains(numbers, m[1]) {
			t.Errorf("%s: section %s is there twice", file, m[1])
		}
		numbers = append(numbers, m[1])
	}
	if len(numbers) == 0 {
		t.Errorf("%s has no numbered sections", file)
	}

	return numbers
}

// sourcesOf returns the repository's Go files and documents, this file apart, from its root with slashes.
func sourcesOf(t *testing.T) []string {
	t.Helper()

	var files []string
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "build") {
			return fs.SkipDir
		}

		file, err := filepath.Rel(root, name)
		file = filepath.ToSlash(file)
		if ext := path.Ext(file); !entry.IsDir() && (ext == ".go" || ext == ".md") && file != "functions/cmd/local/contract_test.go" {
			files = append(files, file)
		}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}
