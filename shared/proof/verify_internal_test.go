package proof

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

func TestVerifySaysWhatHolds(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key := s.signer.Public()
	ledger, err := s.signer.Seal(s.payload())
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := s.signer.Seal(s.receipt())
	if err != nil {
		t.Fatal(err)
	}
	s.publish(5)
	const (
		chain     = "holds    the entries (5) are one chain from the first on"
		published = "3 of them since the roots of their days, signed with the same key"
	)
	for _, tc := range []struct {
		name string
		file []byte
		o    Options
		want []string
		not  []string
	}{
		{"without_a_key", ledger, Options{}, []string{"CAUTION: no key was given", chain}, nil},
		{
			"with_the_key", ledger,
			Options{Key: key},
			[]string{KeyID(key), chain, published, "open     since when this holds for entry 4, 5: no root", "open     whether entries are missing at the end", "open     whether these are the roots that were published"},
			[]string{"CAUTION"},
		},
		{
			"with_what_was_published", ledger,
			Options{Key: key, DayFiles: s.files},
			[]string{chain, "5 of them since the roots of their days, which are as in the copy", "no entry of this customer is missing that was published before the day of the file"},
			[]string{"CAUTION", "open "},
		},
		{"receipt", receipt, Options{Key: key}, []string{"file     receipt of account 811", "the entries (1) are as they were written", "open     whether the rest of the body is true", "lacks    a sentence"}, []string{chain}},
		{"receipt_with_what_was_published", receipt, Options{Key: key, DayFiles: s.files}, []string{"1 of them since the roots"}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			said := strings.Join(mustVerify(t, tc.file, tc.o).Lines(), "\n")
			for _, want := range tc.want {
				if !strings.Contains(said, want) {
					t.Errorf("does not say %q:\n%s", want, said)
				}
			}
			for _, not := range tc.not {
				if strings.Contains(said, not) {
					t.Errorf("says %q:\n%s", not, said)
				}
			}
		})
	}
	if first, _, _ := strings.Cut(strings.Join(mustVerify(t, ledger, Options{}).Lines(), "\n"), "\n"); !strings.HasPrefix(first, "CAUTION") {
		t.Errorf("first line without a key = %q, want the caution", first)
	}
}

// TestVerifyRefusesForgers has somebody forge files who does not have the signing key, and somebody who has it but cannot change what is
// published. Each is refused by the key alone, or by what was published.
func TestVerifyRefusesForgers(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	key, mallory := s.signer.Public(), signer(t, "mallory's own secret of some bytes")
	good := s.payload()

	forged := func(change func(*Payload)) []byte {
		p := s.payload()
		change(&p)
		return seal(t, s.signer, p)
	}
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"own_key", "is signed by another key", seal(t, mallory, good)},
		{"own_key_under_our_id", "the signature does not fit", func() []byte {
			e, _ := mallory.sign(PayloadType, good)
			e.Signatures[0].KeyID = KeyID(key)
			return file(t, e)
		}()},
		{"no_signature", "must have one signature", func() []byte {
			e, _ := s.signer.sign(PayloadType, good)
			e.Signatures = []Signature{}
			return file(t, e)
		}()},
		{"two_signatures", "must have one signature", func() []byte {
			e, _ := s.signer.sign(PayloadType, good)
			e.Signatures = append(e.Signatures, e.Signatures[0])
			return file(t, e)
		}()},
		{"root_statement_as_a_file", "payloadType", file(t, s.days[0].signed)},
		{"reordered", "missing or out of place", forged(func(p *Payload) { p.Entries[1], p.Entries[2] = p.Entries[2], p.Entries[1] })},
		{"dropped", "missing or out of place", forged(func(p *Payload) { p.Entries = slices.Delete(p.Entries, 1, 2) })},
		{"doubled", "missing or out of place", forged(func(p *Payload) { p.Entries = slices.Insert(p.Entries, 1, p.Entries[1]) })},
		{"changed", "changed after it was written", forged(func(p *Payload) { p.Entries[2].Action = consent.Grant; p.Entries[2].Actor = "other" })},
		{"of_another_customer", "entries[0]: is of another customer", forged(func(p *Payload) { p.Entries = EntriesOf(s.ledgers[ravi]) })},
		{"moved_to_another_customer", "entries[0]: is of another customer", forged(func(p *Payload) { p.Subject = ravi })},
		{"one_entry_of_another_customer", "payload.entries[1]", forged(func(p *Payload) { p.Entries[1] = EntriesOf(s.ledgers[ravi])[1] })},
		{"moved_to_another_account", "is not a customer of the account", forged(func(p *Payload) { p.Account = "812" })},
		{"moved_with_its_customer", "entries", forged(func(p *Payload) {
			p.Account, p.Subject = "812", "812:0123456789abcdef0123456789abcdef"
		})},
		{"rewritten_with_right_hashes", "does not lead from the entry to the root", forged(func(p *Payload) {
			p.Entries = EntriesOf(rewritten(s.ledgers[asha], 1, func(e *consent.Entry) { e.Action = consent.Grant }))
		})},
		{"entries_of_nobody", "entries[0]: of nobody", forged(func(p *Payload) {
			p.Entries = EntriesOf(withoutSubject(s.ledgers[asha]))
		})},
		{"cut_within_what_is_rooted", "is not of an entry that the file has", forged(func(p *Payload) { p.Entries = p.Entries[:2] })},
		{"path_of_another_leaf", "does not lead from the entry to the root", forged(func(p *Payload) {
			p.Roots[0].Proofs[0] = s.root(s.days[0], s.ledgers[ravi][0]).Proofs[0]
		})},
		{"root_of_another_day", "is not the day of the statement", forged(func(p *Payload) { p.Roots[0].Day = day(1) })},
		{"roots_out_of_order", "out of order", forged(func(p *Payload) { p.Roots[0], p.Roots[1] = p.Roots[1], p.Roots[0] })},
		{"root_by_another_key", "is signed by another key", forged(func(p *Payload) {
			d, _, err := mallory.NewDay(WholeDay(account, day(0), ""), []Leaf{leafOf(s.ledgers[asha][0])})
			if err != nil {
				t.Fatal(err)
			}
			p.Roots[0] = s.root(d, s.ledgers[asha][0])
		})},
		{"root_of_another_account", "is of another account", forged(func(p *Payload) {
			d, _, err := s.signer.NewDay(WholeDay("812", day(0), ""), []Leaf{leafOf(s.ledgers[asha][0])})
			if err != nil {
				t.Fatal(err)
			}
			p.Roots[0] = s.root(d, s.ledgers[asha][0])
		})},
		{"made_before_its_roots", "was not over when the file was made", forged(func(p *Payload) { p.MadeAt = firstDay.Truncate(time.Second) })},
		{"body_in_a_ledger", "has nothing beside it", forged(func(p *Payload) { p.Body = []byte(`{}`) })},
		{"kind_that_is_none", "is none that there is", forged(func(p *Payload) { p.Kind = "certificate" })},
		{"time_in_another_zone", "madeAt", forged(func(p *Payload) { p.MadeAt = madeAt.In(time.FixedZone("IST", 19800)) })},
		{"entry_in_another_zone", "its times must be in UTC", forged(func(p *Payload) { p.Entries[0].OccurredAt = firstDay.In(time.FixedZone("IST", 19800)) })},
		{"entry_of_a_finer_time", "its times must be in UTC", forged(func(p *Payload) { p.Entries[0].OccurredAt = firstDay.Add(7) })},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refuses(t, tc.file, Options{Key: key}, tc.want)
		})
	}
}

// TestVerifyOfSomebodyWithTheKey has somebody rewrite the past who has the signing key, but cannot change what is published. It says what a
// check finds of that without a copy of what was published, and that with one it finds all.
func TestVerifyOfSomebodyWithTheKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.publish(5)
	key := s.signer.Public()
	// The withdrawal of the second day was never said.
	false1 := rewritten(s.ledgers[asha], 1, func(e *consent.Entry) {
		e.Action, e.Source, e.Purpose = consent.Grant, consent.CustomerPortal, consent.OrderUpdates
	})
	own := newStage(t)
	own.ledgers[asha] = false1
	own.publish(5)

	chainOf := func(entries []consent.Entry, roots []Root) Payload {
		return Payload{Kind: Ledger, Account: account, MadeAt: madeAt.AddDate(0, 0, 1), Subject: asha, Entries: EntriesOf(entries), Whole: true, Roots: roots, Lacks: []string{}}
	}
	longer := rehashed(append(slices.Clone(s.ledgers[asha]), s.ledgers[asha][4]), 5)

	for _, tc := range []struct {
		name string
		p    Payload
		// alone is the fault that is found without what was published; empty if the file passes, and then said is what it is said to leave open.
		alone, said string
		with        string
	}{
		{"true_roots", chainOf(false1, s.payload().Roots), "does not lead from the entry to the root", "", "does not lead from the entry to the root"},
		{"no_roots", chainOf(false1, []Root{}), "", "open     since when this holds for entry 1, 2, 3, 4, 5", "entries[1]: is not as it was published"},
		{"roots_of_their_own", chainOf(false1, own.payload().Roots), "", "open     whether these are the roots that were published", "roots[1]: is not the one that was published"},
		{"end_cut_off", chainOf(s.ledgers[asha][:3], s.payload().Roots[:3]), "", "open     whether entries are missing at the end", "missing at the end"},
		{"nothing_left", chainOf(nil, []Root{}), "", "open     everything about consent", "entries: one that was published is missing"},
		{"entries_of_nobody", chainOf(withoutSubject(s.ledgers[asha]), []Root{}), "entries[0]: of nobody", "", "entries[0]: of nobody"},
		{"end_made_up", chainOf(longer, s.payload().Roots), "", "open     since when this holds for entry 6", ""},
		{"made_up_as_of_before_the_last_root", func() Payload {
			p := chainOf(longer, s.payload().Roots)
			p.MadeAt = madeAt.Truncate(24 * time.Hour).Add(-time.Hour)
			p.Roots = p.Roots[:3]
			return p
		}(), "", "open     since when this holds for entry 4, 5, 6", "was stored after the file says to be made"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			text := seal(t, s.signer, tc.p)
			if tc.alone != "" {
				refuses(t, text, Options{Key: key}, tc.alone)
			} else if said := strings.Join(mustVerify(t, text, Options{Key: key}).Lines(), "\n"); !strings.Contains(said, tc.said) {
				t.Errorf("does not say %q:\n%s", tc.said, said)
			}
			if tc.with != "" {
				refuses(t, text, Options{Key: key, DayFiles: s.files}, tc.with)
			} else if said := strings.Join(mustVerify(t, text, Options{Key: key, DayFiles: s.files}).Lines(), "\n"); !strings.Contains(said, tc.said) {
				t.Errorf("with what was published: does not say %q:\n%s", tc.said, said)
			}
		})
	}

	// Once the day of the file is published too, the end that was made up is found as well.
	later := newStage(t)
	later.ledgers[ravi] = ledger(ravi, 7)
	later.publish(7)
	refuses(t, seal(t, s.signer, chainOf(longer, s.payload().Roots)), Options{Key: key, DayFiles: later.files}, "entries[5]: is in no day that was published")
}

// TestVerifyOfACopyThatIsWrong has the copy of what was published be incomplete or forged.
func TestVerifyOfACopyThatIsWrong(t *testing.T) {
	t.Parallel()
	s, mallory := newStage(t), signer(t, "mallory's own secret of some bytes")
	text := seal(t, s.signer, s.payload())
	with := func(name string, data []byte) fstest.MapFS {
		files := maps.Clone(s.files)
		files[name] = &fstest.MapFile{Data: data}
		return files
	}
	fresh := func(by Signer, n int, previous string, entries ...consent.Entry) []byte {
		var leaves []Leaf
		for _, e := range entries {
			leaves = append(leaves, leafOf(e))
		}
		_, data, err := by.NewDay(WholeDay(account, day(n), previous), leaves)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	second := DayObject(account, day(1), 1)
	both := []consent.Entry{s.ledgers[asha][1], s.ledgers[ravi][1]}
	for _, tc := range []struct {
		name, want string
		o          Options
	}{
		{"day_missing_in_the_middle", "a day is missing there", Options{DayFiles: s.without(second)}},
		{"first_day_missing", "a day is missing there", Options{DayFiles: s.without(DayObject(account, day(0), 1))}},
		{"day_replaced_by_a_forger", "is signed by another key", Options{DayFiles: with(second, fresh(mallory, 1, s.days[0].Hash(), both...))}},
		{"day_replaced_with_the_key", "a day is missing there, or was replaced", Options{DayFiles: with(second, fresh(s.signer, 1, s.days[0].Hash(), both[0]))}},
		{"last_day_replaced_with_the_key", "roots[2]: is not the one that was published", Options{DayFiles: with(DayObject(account, day(2), 1), fresh(s.signer, 2, s.days[1].Hash(), s.ledgers[asha][2]))}},
		{"day_under_another_name", "is the file of another day", Options{DayFiles: with(second, s.files[DayObject(account, day(2), 1)].Data)}},
		{"day_cut_off", "cut off", Options{DayFiles: with(second, s.files[second].Data[:700])}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			refuses(t, text, tc.o, tc.want)
		})
	}
}

// TestOpenDayRefuses has the files of days be wrong though signed.
func TestOpenDayRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := s.days[0]
	signed := func(change func(*Statement, *[]Leaf)) []byte {
		statement, leaves := d.Statement, slices.Clone(d.leaves)
		change(&statement, &leaves)
		e, err := s.signer.sign(rootType, statement)
		if err != nil {
			t.Fatal(err)
		}
		return file(t, dayFile{e, leaves})
	}
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"leaf_changed", "do not give the root", signed(func(_ *Statement, l *[]Leaf) { (*l)[0].Hash = "v2:0" })},
		{"leaf_missing", "are not as many as is signed", signed(func(_ *Statement, l *[]Leaf) { *l = (*l)[:1] })},
		{"leaf_missing_and_not_counted", "do not give the root", signed(func(st *Statement, l *[]Leaf) { *l = (*l)[:1]; st.Count = 1 })},
		{"leaves_out_of_order", "out of order", signed(func(_ *Statement, l *[]Leaf) { slices.Reverse(*l) })},
		{"leaf_twice", "twice", signed(func(st *Statement, l *[]Leaf) { *l = append(*l, (*l)[1]); st.Count = 3 })},
		{"no_leaves", "count: must be 1 or more", signed(func(st *Statement, l *[]Leaf) { *l = []Leaf{}; st.Count = 0 })},
		{"no_day", "is not a day", signed(func(st *Statement, _ *[]Leaf) { st.Day = "2026-11-31" })},
		{"no_account", "is not an account's id", signed(func(st *Statement, _ *[]Leaf) { st.Account = "../811" })},
		{"previous_is_no_hash", "is not a hash", signed(func(st *Statement, _ *[]Leaf) { st.Previous = "none" })},
		{"sequence_of_none", "must be 1 or more", signed(func(_ *Statement, l *[]Leaf) { (*l)[0].Sequence = 0 })},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := OpenDay(tc.file, s.signer.Public()); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("OpenDay = %v, want %q", err, tc.want)
			}
		})
	}
}

func TestProveNamesWhatIsNotAsPublished(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	other := rewritten(s.ledgers[asha], 0, func(e *consent.Entry) { e.Actor = "other" })
	for name, tc := range map[string]struct {
		entry consent.Entry
		want  string
	}{
		"changed":  {other[0], "entry 1: is not as it was published of 2026-11-20"},
		"not_told": {other[1], "entry 2: is not among those that were published of 2026-11-20"},
	} {
		if _, err := s.days[0].Prove([]consent.Entry{tc.entry}); err == nil || err.Error() != tc.want {
			t.Errorf("%s: Prove = %v, want %q", name, err, tc.want)
		}
	}
}

// TestLinesQuoteWhatATerminalWouldObey has a file by a forger hold what would rewrite the lines above it on a terminal.
func TestLinesQuoteWhatATerminalWouldObey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.receipt()
	p.Lacks = []string{"\x1b[2J\x1b[Hholds    everything", "\u202egnihtyreve"}
	for _, line := range mustVerify(t, seal(t, s.signer, p), Options{}).Lines() {
		if strings.ContainsAny(line, "\x1b\u202e\n\r") {
			t.Errorf("line %q has what a terminal obeys", line)
		}
	}
}

func TestSealRefusesWhatVerifyWould(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.payload()
	p.Entries = p.Entries[1:]
	if _, err := s.signer.Seal(p); err == nil {
		t.Error("Seal takes a ledger without its first entry")
	}
	want, err := s.signer.Seal(s.payload())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(seal(t, s.signer, s.payload()), want); diff != "" {
		t.Errorf("Seal (-want +got):\n%s", diff)
	}
}
