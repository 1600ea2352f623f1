package proof

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// TestVerifyHoldsTheBodyToTheEntries has the body of a receipt, and of a sheet with one inside, state what the entries do not say.
func TestVerifyHoldsTheBodyToTheEntries(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	other := s.ledgers[asha][2]
	for name, tc := range map[string]struct{ old, changed, want string }{
		"as_it_is":          {"", "", ""},
		"another_message":   {messageID, strings.Repeat("f", 32), "messageId: is not the message that the file is about"},
		"name_in_capitals":  {`"messageId"`, `"MESSAGEID"`, "messageId: is not the message"},
		"no_entry":          {`"entry":{`, `"note":{`, "consent.entry: is not as the file has it"},
		"null":              {`"consent":{"status"`, `"consent":{"entry":null},"was":{"status"`, "consent.entry: is not as the file has it"},
		"another_hash":      {s.ledgers[asha][1].Hash, other.Hash, "consent.entry: is not as the file has it"},
		"another_action":    {`"withdraw"`, `"grant"`, "consent.entry: is not as the file has it"},
		"another_sequence":  {`{"sequence":2`, `{"sequence":99`, "consent.entry: is not as the file has it"},
		"another_purpose":   {`"all"`, `"marketing"`, "consent.entry: is not as the file has it"},
		"another_notice":    {"order-updates/en/3", "order-updates/en/4", "consent.entry: is not as the file has it"},
		"another_time":      {`"occurredAt":"2026-11-21`, `"occurredAt":"2026-11-20`, "consent.entry: is not as the file has it"},
		"another_recording": {`"recordedAt":"2026-11-21`, `"recordedAt":"2026-11-20`, "consent.entry: is not as the file has it"},
	} {
		for _, kind := range []Kind{Receipt, Evidence} {
			p := s.receipt()
			p.Kind, p.Body = kind, bytes.Replace(p.Body, []byte(tc.old), []byte(tc.changed), 1)
			if kind == Evidence {
				p.Body = fmt.Appendf(nil, `{"receipt":%s}`, p.Body)
			}
			file := seal(t, s.signer, p)
			if tc.want == "" {
				mustVerify(t, file, Options{Key: s.signer.Public()})
				continue
			}
			if _, err := Verify(file, Options{Key: s.signer.Public()}); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s of a %s: Verify = %v, want %q", name, kind, err, tc.want)
			}
		}
	}

	p := s.receipt()
	p.Entries, p.Roots = []Entry{}, []Root{}
	refuses(t, seal(t, s.signer, p), Options{}, "consent.entry: is not as the file has it")
}

// said is what a check says of a payload.
func said(t *testing.T, s *stage, p Payload, o Options) string {
	t.Helper()
	o.Key = s.signer.Public()
	return strings.Join(mustVerify(t, seal(t, s.signer, p), o).Lines(), "\n")
}

func contains(t *testing.T, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("does not say %q:\n%s", w, text)
		}
	}
}

// TestLinesOfABackdatedEntry has an entry be stored and published on the fourth day which says to be recorded a year before.
func TestLinesOfABackdatedEntry(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	at := firstDay.AddDate(-1, 0, 0)
	entries, _, _ := consent.Record(consent.For(asha), consent.Entry{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, OccurredAt: at, RecordedAt: at})
	d, file, err := s.signer.NewDay(WholeDay(account, day(3), ""), []Leaf{leafOf(entries[0])})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{DayFiles: fstest.MapFS{DayObject(account, d.Day, 1): &fstest.MapFile{Data: file}}}
	p := s.receipt()
	p.Body, p.Entries, p.Roots = bodyOf(entries[0], firstDay), EntriesOf(entries), []Root{s.root(d, entries[0])}
	contains(t, said(t, s, p, o),
		"open     whether entry 1 was there before 2026-11-23: it says to be recorded on 2025-11-20, and that day is the first that shows it",
		"open     whether entry 1 was there when the message was sent, by the body at 2026-11-20T04:50:12Z: it was first published of 2026-11-23, after that",
	)
}

// TestLinesOfWhenAMessageWasSent has a message be sent before, on and after the day of which its entry was published.
func TestLinesOfWhenAMessageWasSent(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	e := s.ledgers[asha][1]
	for days, want := range map[int]string{
		0: "open     whether entry 2 was there when the message was sent, by the body at 2026-11-20T04:50:12Z: it was first published of 2026-11-21, after that",
		1: "open     whether entry 2 was there when the message was sent, by the body at 2026-11-21T04:50:12Z: the root is of the whole of that day",
		2: "holds    entry 2 was there on 2026-11-21, before the message was sent, by the body at 2026-11-22T04:50:12Z",
	} {
		p := s.receipt()
		p.Body = bodyOf(e, firstDay.AddDate(0, 0, days))
		text := said(t, s, p, Options{})
		contains(t, text, want)
		if strings.Contains(text, "was there before") {
			t.Errorf("doubts an entry that was published of the day on which it was recorded:\n%s", text)
		}
	}
	p := s.receipt()
	p.Roots = []Root{}
	contains(t, said(t, s, p, Options{}), "open     whether entry 2 was there when the message was sent", "no root proves it")
	p.Body = bytes.Replace(p.Body, []byte(`"claimedAt"`), []byte(`"other"`), 1)
	if text := said(t, s, p, Options{}); strings.Contains(text, "when the message was sent") {
		t.Errorf("says when a message was sent that was not:\n%s", text)
	}
}

// TestVerifyWithAnOlderCopy has the copy be from before the file's last days: what it has must fit, of the rest it says nothing.
func TestVerifyWithAnOlderCopy(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.payload()
	contains(t, said(t, s, p, Options{DayFiles: s.without(DayObject(account, day(2), 1))}),
		"holds    2 of them since the roots of their days, which are as in the copy",
		"holds    1 of them since the roots of their days, signed with the same key",
		"open     whether these are the roots that were published: the copy ends with 2026-11-21",
		"open     since when this holds for entry 4, 5",
		"holds    no entry of this customer is missing that was published up to 2026-11-21",
		"open     whether later ones are missing: the copy ends with 2026-11-21",
	)
	contains(t, said(t, s, p, Options{DayFiles: fstest.MapFS{}}),
		"holds    3 of them since the roots of their days, signed with the same key",
		"open     whether entries are missing at the end of the ledger: the copy has nothing of the account",
	)
	p.Entries, p.Roots = p.Entries[:1], p.Roots[:1]
	refuses(t, seal(t, s.signer, p), Options{DayFiles: s.without(DayObject(account, day(2), 1))}, "one that was published is missing at the end")
}

// TestVerifyPassesOverStrayFiles has files lie in a copy that a computer, or a copy that was cut off, leaves there.
func TestVerifyPassesOverStrayFiles(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	files := maps.Clone(s.files)
	for _, name := range []string{".DS_Store", "2026-11-20.json.part", "2026-11-31.json"} {
		files["roots/811/"+name] = &fstest.MapFile{Data: []byte("x")}
	}
	contains(t, said(t, s, s.payload(), Options{DayFiles: files}), "note     files in the copy (3) were passed over", "3 of them since the roots of their days, which are as in the copy")
}

func TestSealRefusesWhatVerifyWouldNotRead(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.receipt()
	p.Lacks = []string{strings.Repeat("a", MaxFile)}
	if _, err := s.signer.Seal(p); !errors.Is(err, ErrTooLarge) {
		t.Errorf("Seal = %v, want ErrTooLarge", err)
	}
}

// TestProveManyEntries proves thousands of entries of one day, which takes no more hashes than the tree has nodes.
func TestProveManyEntries(t *testing.T) {
	t.Parallel()
	s := signer(t, "a secret of sixteen bytes or more")
	entries := make([]consent.Entry, 20_000)
	leaves := make([]Leaf, len(entries))
	for i := range entries {
		entries[i] = consent.Entry{Subject: asha, Sequence: int64(i + 1), Hash: fmt.Sprint("v2:", i)}
		leaves[i] = leafOf(entries[i])
	}
	d, _, err := s.NewDay(WholeDay(account, day(0), ""), leaves)
	if err != nil {
		t.Fatal(err)
	}
	root, err := d.Prove(entries)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range root.Proofs {
		if got, ok := climb(leaves[p.Sequence-1].hash(), p.Index, d.Count, p.Hashes); !ok || got != d.Root {
			t.Fatalf("entry %d does not lead to the root", p.Sequence)
		}
	}
}
