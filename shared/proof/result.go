package proof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Lines says in words what a check has found: what holds, and what stays open.
func (r Result) Lines() []string {
	var lines []string

	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }

	if !r.Trusted {
		say("CAUTION: no key was given, so the file was checked by the key that it names itself. Whoever forges a file can sign it with a key of" +
			" their own: compare the key below with the one that is published, or give that one with -key.")
	}

	say("key      %s", r.KeyID)
	say("file     %s of account %s, %s, made at %s", r.Kind, r.Account, plain(r.Subject), r.MadeAt.Format(time.RFC3339))

	for _, e := range r.Entries {
		lines = append(lines, r.line(e))
	}

	say("holds    nothing in the file was changed since it was signed with that key")
	r.sayEntries(say)
	r.sayRoots(say)

	if r.Body != nil {
		say("open     whether the body is true: the signature says who states it, and the entries prove the consent only")
	}

	for _, lack := range r.Lacks {
		say("lacks    %s", plain(lack))
	}

	return lines
}

// line is an entry in words.
func (r Result) line(e Entry) string {
	words := []string{fmt.Sprintf("entry %-3d", e.Sequence), plain(string(e.Action)), plain(string(e.Purpose)), "by", plain(string(e.Source))}
	words = append(words, "at", e.OccurredAt.Format(time.RFC3339), "recorded", e.RecordedAt.Format(time.RFC3339))

	if e.NoticeVersion != "" {
		words = append(words, "notice", plain(e.NoticeVersion))
	}
	if day := r.Days[e.Sequence]; day != "" {
		words = append(words, "root of", day)
	}

	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

func (r Result) sayEntries(say func(string, ...any)) {
	switch n := len(r.Entries); {
	case n == 0:
		say("open     everything about consent: the file has no entry of a ledger")
	case r.Whole:
		say("holds    the entries (%d) are one chain from the first on: none was changed, left out in between, doubled or moved", n)
	default:
		say("holds    the entries (%d) are as they were written; the file does not have the rest of the ledger", n)
	}
}

// sayRoots says what the roots prove. In a whole chain an entry proves those before it too, since its hash is over theirs.
func (r Result) sayRoots(say func(string, ...any)) {
	var open []string

	for _, e := range slices.Backward(r.Entries) {
		if r.Days[e.Sequence] == "" {
			open = append(open, strconv.FormatInt(e.Sequence, 10))
		} else if r.Whole {
			break
		}
	}

	slices.Reverse(open)

	fixed := len(r.Entries) - len(open)

	switch {
	case fixed > 0 && r.Compared:
		say("holds    %d of them since the roots of their days, which are as in the copy of what was published", fixed)
	case fixed > 0:
		say("holds    %d of them since the roots of their days, signed with the same key", fixed)
		say("open     whether these are the roots that were published: whoever has the signing key could have signed others. -roots, with a" +
			" copy of the bucket, answers that")
	}

	if len(open) > 0 {
		say("open     since when this holds for entry %s: no root proves it, only the signature", strings.Join(open, ", "))
	}
	if !r.Whole {
		return
	}

	switch {
	case !r.Compared:
		say("open     whether entries are missing at the end of the ledger: -roots answers that too")
	case r.LastDay == "":
		say("open     whether entries are missing at the end of the ledger: nothing is published of the account")
	default:
		say("holds    no entry of this customer is missing at the end that was published before the day of the file; the copy ends with %s", r.LastDay)
	}

	if r.Later > 0 {
		say("note     the customer has later entries (%d), which the file is too old for", r.Later)
	}
}

// plain returns a text of the file as a terminal may show it: one with anything but printable characters is quoted.
func plain(text string) string {
	for _, c := range text {
		if !strconv.IsPrint(c) {
			return strconv.QuoteToASCII(text)
		}
	}

	return text
}
