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
	r.sayEnd(say)
	r.saySent(say)

	if r.Body != nil {
		say("open     whether the rest of the body is true: the signature says who states it, and the entries prove the consent only")
	}
	if len(r.Entries) > 0 {
		say("note     the time of an entry, after “at”, is by the clock of whoever told it; no root proves it")
	}
	if r.Strays > 0 {
		say("note     files in the copy (%d) were passed over, since they are none of a day", r.Strays)
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
	var copied, signed int

	var open []string

	latest := "" // that of the entries from the one in hand on, if the file has all of them

	for _, e := range slices.Backward(r.Entries) {
		day := r.Days[e.Sequence]
		if day == "" && r.Whole {
			day = latest
		}

		switch latest = day; {
		case day == "":
			open = append(open, strconv.FormatInt(e.Sequence, 10))
		case r.Compared && day <= r.LastDay:
			copied++
		default:
			signed++
		}
	}

	slices.Reverse(open)

	if copied > 0 {
		say("holds    %d of them since the roots of their days, which are as in the copy of what was published", copied)
	}
	if signed > 0 {
		say("holds    %d of them since the roots of their days, signed with the same key", signed)
	}

	switch {
	case signed > 0 && r.Compared:
		say("open     whether these are the roots that were published: %s", r.copyEnds())
	case signed > 0:
		say("open     whether these are the roots that were published: whoever has the signing key could have signed others. -roots, with a" +
			" copy of the bucket, answers that")
	}

	if len(open) > 0 {
		say("open     since when this holds for entry %s: no root proves it, only the signature", strings.Join(open, ", "))
	}

	for _, e := range r.Entries {
		if day := r.Days[e.Sequence]; day > e.RecordedAt.Add(clocks).Format(DayForm) {
			say("open     whether entry %d was there before %s: it says to be recorded on %s, and that day is the first that shows it",
				e.Sequence, day, e.RecordedAt.Format(DayForm))
		}
	}
}

// copyEnds says with what day the copy of what was published ends.
func (r Result) copyEnds() string {
	if r.LastDay == "" {
		return "the copy has nothing of the account"
	}

	return "the copy ends with " + r.LastDay
}

// sayEnd says whether a ledger may have more entries.
func (r Result) sayEnd(say func(string, ...any)) {
	if !r.Whole {
		return
	}

	before := r.MadeAt.Add(-clocks).AddDate(0, 0, -1).Format(DayForm)

	switch {
	case !r.Compared:
		say("open     whether entries are missing at the end of the ledger: -roots answers that too")
	case r.LastDay == "":
		say("open     whether entries are missing at the end of the ledger: %s", r.copyEnds())
	case r.LastDay < before:
		say("holds    no entry of this customer is missing that was published up to %s", r.LastDay)
		say("open     whether later ones are missing: %s", r.copyEnds())
	default:
		say("holds    no entry of this customer is missing that was published before the day of the file; %s", r.copyEnds())
	}

	if r.Later > 0 {
		say("note     the customer has later entries (%d), which the file is too old for", r.Later)
	}
}

// saySent says whether the entries that a message rests on were there when it was sent.
func (r Result) saySent(say func(string, ...any)) {
	if r.Kind == Ledger {
		return
	}

	sent, ok := r.sentAt()
	if !ok {
		return
	}

	for _, e := range r.Entries {
		switch day, on := r.Days[e.Sequence], sent.Format(DayForm); {
		case day == "":
			say("open     whether entry %d was there when the message was sent, by the body at %s: no root proves it", e.Sequence, sent.Format(time.RFC3339))
		case day < on:
			say("holds    entry %d was there on %s, before the message was sent, by the body at %s", e.Sequence, day, sent.Format(time.RFC3339))
		case day == on:
			say("open     whether entry %d was there when the message was sent, by the body at %s: the root is of the whole of that day", e.Sequence, sent.Format(time.RFC3339))
		default:
			say("open     whether entry %d was there when the message was sent, by the body at %s: it was first published of %s, after that", e.Sequence, sent.Format(time.RFC3339), day)
		}
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
