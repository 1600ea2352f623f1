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

// columnsOf reads the names of the columns. A name that is none is refused: one that is misspelt would be passed over in silence. The error names
// a column by its place: in a file without such a line, what stands there are a shopper's number and name, and answers are logged.
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
		case c == "" && !slices.ContainsFunc(names, isColumn):
			return nil, header("must name the columns, with a comma, a semicolon or a tab between; the first line names none of " + columnNames())
		case c == "":
			return nil, header(fmt.Sprintf("has a name for column %d which is none of %s; correct it, or take the column out of the file", i+1, columnNames()))
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

// isColumn reports whether a name is a column's.
func isColumn(name string) bool { return columnNamed(name) != "" }
