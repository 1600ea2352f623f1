package customers

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// column is a column of a [table].
type column string

// The columns.
const (
	columnPhone         column = "phone"
	columnEmail         column = "email"
	columnName          column = "name"
	columnStatus        column = "status"
	columnPurposes      column = "purposes"
	columnOccurredAt    column = "occurredAt"
	columnEvidence      column = "evidence"
	columnNoticeVersion column = "noticeVersion"
	columnNoticeHash    column = "noticeHash"
	columnAccount       column = "accountId"
)

// columns are all columns in the order in which they are named to people, each with the other names that it may have: those of the table of
// customers that brands have already.
var columns = []struct {
	name    column
	aliases []string
}{
	{columnPhone, []string{"contactPhone"}},
	{columnEmail, nil},
	{columnName, []string{"customerName"}},
	{columnStatus, []string{"whatsAppStatus"}},
	{columnPurposes, []string{"purpose"}},
	{columnOccurredAt, nil},
	{columnEvidence, nil},
	{columnNoticeVersion, nil},
	{columnNoticeHash, nil},
	{columnAccount, []string{"brandAccountId"}},
}

// bare is the form in which names of columns are compared: brand_account_id, "Brand Account ID" and brandAccountId are one.
func bare(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(name)))
}

// columnNamed returns the column of a name; empty if there is none.
func columnNamed(name string) column {
	for _, c := range columns {
		if bare(string(c.name)) == bare(name) || slices.ContainsFunc(c.aliases, func(a string) bool { return bare(a) == bare(name) }) {
			return c.name
		}
	}

	return ""
}

// columnNames lists the columns for a person.
func columnNames() string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.Join(append([]string{string(c.name)}, c.aliases...), " or ")
	}

	return strings.Join(names, ", ")
}

// maxShown is the longest name of a column that an answer repeats, in characters.
const maxShown = 40

// columnsOf reads the names of the columns. A name that is none is refused: one that is misspelt would be passed over in silence.
func columnsOf(line string, separator rune) ([]column, error) {
	r := csv.NewReader(strings.NewReader(line))
	r.Comma = separator

	names, err := r.Read()
	if err != nil {
		return nil, header("cannot be read: " + wordsOf(err))
	}

	found := make([]column, len(names))

	for i, name := range names {
		c := columnNamed(name)

		switch {
		case strings.TrimSpace(name) == "":
			return nil, header(fmt.Sprintf("has no name for column %d", i+1))
		case c == "" && i == 0 && len(names) == 1:
			return nil, header("must name the columns, with a comma, a semicolon or a tab between: " + columnNames())
		case c == "":
			return nil, header(fmt.Sprintf("has a column %q, which is none of %s; take it out of the file", shown(name), columnNames()))
		case slices.Contains(found[:i], c):
			return nil, header(fmt.Sprintf("has the column %s twice", c))
		}

		found[i] = c
	}

	if !slices.Contains(found, columnPhone) {
		return nil, header("has no column phone or contactPhone")
	}

	return found, nil
}

// shown returns a name of the file's as an answer may repeat it.
func shown(name string) string {
	if runes := []rune(name); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}

	return name
}
