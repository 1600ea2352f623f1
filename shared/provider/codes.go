package provider

import "github.com/eshopbox/whatsapp-notifications/shared/message"

// CodeRow is one error code of a provider and what it means.
type CodeRow struct {
	Code  string
	Means message.Failure
	// Source is the page that the row was taken from, with its words for the code, or the reason for what is ours.
	Source string
}

// Code returns a row of a table.
func Code(code string, means message.Failure, source string) CodeRow {
	return CodeRow{Code: code, Means: means, Source: source}
}

// CodeTable finds the meaning of an error code.
type CodeTable map[string]CodeRow

// NewCodeTable joins lists of rows. Where two lists have the same code, the earlier list's row counts: a provider puts its
// own rows before those that it shares with others.
func NewCodeTable(lists ...[]CodeRow) CodeTable {
	t := CodeTable{}
	for _, list := range lists {
		for _, row := range list {
			if _, ok := t[row.Code]; !ok {
				t[row.Code] = row
			}
		}
	}

	return t
}

// Classify returns the failure that a code means and whether the table has the code; [Unlisted] if it has not.
func (t CodeTable) Classify(code string) (message.Failure, bool) {
	if row, ok := t[code]; ok {
		return row.Means.Coded(code), true
	}

	return Unlisted.Coded(code), false
}
