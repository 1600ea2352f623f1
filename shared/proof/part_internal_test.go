package proof

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// inParts publishes a day in three parts, each with an entry of Asha's and one of Ravi's, and returns the parts.
func (s *stage) inParts() []Day {
	s.tb.Helper()
	s.files = fstest.MapFS{}
	var parts []Day
	for n := range 3 {
		of := s.part(n, parts)
		d, file, err := s.signer.NewDay(of, []Leaf{leafOf(s.ledgers[asha][n]), leafOf(s.ledgers[ravi][n])})
		if err != nil {
			s.tb.Fatal(err)
		}
		parts = append(parts, d)
		s.files[DayObject(account, d.Day, d.Part)] = &fstest.MapFile{Data: file}
	}
	return parts
}

// part is the statement of the part of a day behind others.
func (s *stage) part(n int, before []Day) Statement {
	of := WholeDay(account, day(0), "")
	end := of.Until
	of.Part, of.Last = int64(n)+1, n == 2
	if n > 0 {
		of.Previous, of.From = before[n-1].Hash(), before[n-1].Until
	}
	if of.Until = of.From.Add(time.Hour); of.Last {
		of.Until = end
	}
	return of
}

// payloadOf is a ledger of three entries, each of which a part of a day proves.
func (s *stage) payloadOf(parts []Day) Payload {
	s.tb.Helper()
	p := s.payload()
	p.Entries, p.Roots = EntriesOf(s.ledgers[asha][:3]), []Root{}
	for n, d := range parts {
		p.Roots = append(p.Roots, s.root(d, s.ledgers[asha][n]))
	}
	return p
}

// TestVerifyOfADayInParts proves entries by the parts of their day, with a copy of what was published and without.
func TestVerifyOfADayInParts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	parts := s.inParts()
	p := s.payloadOf(parts)
	text, key := seal(t, s.signer, p), s.signer.Public()
	for _, o := range []Options{{}, {Key: key}, {Key: key, DayFiles: s.files}} {
		if r := mustVerify(t, text, o); len(r.Days) != 3 || r.Days[3] != day(0) {
			t.Errorf("days = %v, want one for all three entries", r.Days)
		}
	}

	p.Roots = []Root{p.Roots[1], p.Roots[0], p.Roots[2]}
	refuses(t, seal(t, s.signer, p), Options{Key: key}, "roots[1].day: is not the day of the statement, or out of order")
	p.Roots = []Root{p.Roots[1], p.Roots[1], p.Roots[2]}
	refuses(t, seal(t, s.signer, p), Options{Key: key}, "roots[1].day: is not the day of the statement, or out of order")

	// The last part of the day is not published yet: only then may an entry be in none.
	p = s.payloadOf(parts[:2])
	p.MadeAt = parts[0].From.Add(23 * time.Hour)
	p.Roots = []Root{}
	third := DayObject(account, day(0), 3)
	mustVerify(t, seal(t, s.signer, p), Options{Key: key, DayFiles: s.without(third)})
	p.Entries = EntriesOf(s.ledgers[asha][:4])
	mustVerify(t, seal(t, s.signer, p), Options{Key: key, DayFiles: s.without(third)})
	refuses(t, seal(t, s.signer, p), Options{Key: key, DayFiles: s.files}, "is in no day that was published")
}

// TestVerifyOfACopyWithoutAPart has parts of a day be missing, doubled, or published with a gap, though signed.
func TestVerifyOfACopyWithoutAPart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	parts := s.inParts()
	text := seal(t, s.signer, s.payloadOf(parts))
	object := func(n int64) string { return DayObject(account, day(0), n) }
	with := func(change func(*Statement), n int) fstest.MapFS {
		of := s.part(n, parts)
		change(&of)
		_, data, err := s.signer.NewDay(of, []Leaf{leafOf(s.ledgers[asha][n])})
		if err != nil {
			t.Fatal(err)
		}
		files := maps.Clone(s.files)
		files[DayObject(account, of.Day, of.Part)] = &fstest.MapFile{Data: data}
		return files
	}
	for _, tc := range []struct {
		name, want string
		o          Options
	}{
		{"first", "a day is missing there", Options{DayFiles: s.without(object(1))}},
		{"middle", "a day is missing there", Options{DayFiles: s.without(object(2))}},
		{"hours_left_out", "part0003.json: does not go on where", Options{DayFiles: with(func(of *Statement) { of.From = of.From.Add(time.Minute) }, 2)}},
		{"end_of_a_day_left_out", ".json: does not go on where", Options{DayFiles: func() fstest.MapFS {
			files := with(func(of *Statement) { *of = WholeDay(account, day(1), parts[1].Hash()) }, 1)
			delete(files, object(3))
			return files
		}()}},
		{"number_left_out", "part0004.json: does not go on where", Options{DayFiles: func() fstest.MapFS {
			files := with(func(of *Statement) { of.Part = 4 }, 2)
			delete(files, object(3))
			return files
		}()}},
		{"under_another_number", "is the file of another day", Options{DayFiles: func() fstest.MapFS {
			files := maps.Clone(s.files)
			files[object(2)] = files[object(1)]
			return files
		}()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refuses(t, text, tc.o, tc.want)
		})
	}
}

// TestStatementRefuses has parts lie where they cannot.
func TestStatementRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	parts := s.inParts()
	for _, tc := range []struct {
		name, want string
		part       int
		change     func(*Statement)
	}{
		{"no_number", "part: must be 1 or more", 0, func(of *Statement) { of.Part = 0 }},
		{"first_begins_late", "from: is not where", 0, func(of *Statement) { of.From = of.From.Add(time.Second) }},
		{"second_begins_the_day", "from: is not where", 1, func(of *Statement) { of.From = of.From.Truncate(24 * time.Hour) }},
		{"begins_the_day_before", "from: is not where", 1, func(of *Statement) { of.From = of.From.AddDate(0, 0, -1) }},
		{"ends_the_next_day", "until: is not where", 1, func(of *Statement) { of.Until = of.Until.AddDate(0, 0, 1) }},
		{"ends_the_day_but_is_not_the_last", "until: is not where", 2, func(of *Statement) { of.Last = false }},
		{"last_ends_early", "until: is not where", 1, func(of *Statement) { of.Last = true }},
		{"ends_before_it_begins", "until: is not where", 1, func(of *Statement) { of.Until = of.From.Add(-time.Second) }},
		{"is_of_no_time", "until: is not where", 1, func(of *Statement) { of.Until = of.From }},
		{"finer_than_the_database", "whole microseconds", 1, func(of *Statement) { of.From = of.From.Add(time.Nanosecond) }},
		{"another_zone", "whole microseconds", 1, func(of *Statement) { of.Until = of.Until.In(time.FixedZone("", 3600)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			of := s.part(tc.part, parts)
			tc.change(&of)
			if _, _, err := s.signer.NewDay(of, parts[tc.part].leaves); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("NewDay = %v, want %q", err, tc.want)
			}
		})
	}

	// What is left of a day may be nothing: an entry was taken away after the part before was published.
	of := s.part(2, parts)
	d, file, err := s.signer.NewDay(of, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenDay(file, s.signer.Public())
	if err != nil || again.Hash() != d.Hash() || !again.Has(nil) {
		t.Errorf("OpenDay of a last part without an entry = %v", err)
	}
	if _, _, err = s.signer.NewDay(s.part(1, parts), nil); err == nil {
		t.Error("a part without an entry is made that is not the last")
	}
	of = WholeDay(consent.PlatformAccount, day(0), "")
	if _, _, err = s.signer.NewDay(of, parts[0].leaves); err != nil {
		t.Errorf("of the platform: %v", err)
	}
}

// TestPartsAreSorted holds that the files of an account stand in a directory as they follow each other, and are read by their names.
func TestPartsAreSorted(t *testing.T) {
	t.Parallel()
	var names []string
	for _, day := range []string{"2026-11-20", "2026-11-21"} {
		for part := int64(1); part < 1200; part++ {
			name := path.Base(DayObject(account, day, part))
			if d, n, ok := PartOf(name); d != day || n != part || !ok {
				t.Errorf("PartOf(%q) = %q, %d, %v", name, d, n, ok)
			}
			names = append(names, name)
		}
	}
	if !slices.IsSorted(names) {
		t.Error("the names are not sorted")
	}
	for _, name := range []string{"2026-11-20", "2026-11-20.part0001.json", "2026-11-20.part2.json", "2026-11-20.part-002.json", "2026-11-20.part.json", "2026-11-31.json", ".json", "2026-11-20.part0002.x.json"} {
		if d, n, ok := PartOf(name); ok {
			t.Errorf("PartOf(%q) = %q, %d", name, d, n)
		}
	}
}

// TestHasComparesAllLeaves is what a look back rests on.
func TestHasComparesAllLeaves(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	leaves := []Leaf{leafOf(s.ledgers[ravi][0]), leafOf(s.ledgers[asha][0])}
	for name, tc := range map[string]struct {
		leaves []Leaf
		want   bool
	}{
		"in_another_order": {[]Leaf{leaves[1], leaves[0]}, true},
		"fewer":            {leaves[:1], false},
		"more":             {append(slices.Clone(leaves), leafOf(s.ledgers[asha][1])), false},
		"other":            {[]Leaf{leaves[0], leafOf(s.ledgers[asha][1])}, false},
	} {
		if got := s.days[0].Has(tc.leaves); got != tc.want {
			t.Errorf("%s: Has = %v, want %v", name, got, tc.want)
		}
	}
}
