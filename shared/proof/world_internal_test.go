package proof

import (
	"crypto/ed25519"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

const (
	account = "811"
	asha    = "811:0123456789abcdef0123456789abcdef"
	ravi    = "811:fedcba9876543210fedcba9876543210"
)

var (
	firstDay = time.Date(2026, 11, 20, 4, 50, 12, 345000, time.UTC)
	madeAt   = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
)

func signer(tb testing.TB, secret string) Signer {
	tb.Helper()
	s, err := NewSigner([]byte(secret))
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// stage is the ledgers of two shoppers of an account, and what was published of them: day n has entry n of each.
type stage struct {
	tb      testing.TB
	signer  Signer
	ledgers map[string][]consent.Entry
	days    []Day
	files   fstest.MapFS
}

func newStage(tb testing.TB) *stage {
	tb.Helper()
	s := &stage{tb: tb, signer: signer(tb, "a secret of sixteen bytes or more"), ledgers: map[string][]consent.Entry{}, files: fstest.MapFS{}}
	for _, subject := range []string{asha, ravi} {
		s.ledgers[subject] = ledger(subject, 5)
	}
	s.publish(3)
	return s
}

// ledger is a ledger of n entries, one a day.
func ledger(subject string, n int) []consent.Entry {
	state := consent.For(subject)
	var all []consent.Entry
	for i := range n {
		at := firstDay.AddDate(0, 0, i)
		e := consent.Entry{
			Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, SourceRef: fmt.Sprintf("4421280%d", i),
			NoticeVersion: "order-updates/en/3", NoticeHash: consent.NoticeHash("We write to you about your order."), Actor: "shopper", RequestID: "req-1",
			OccurredAt: at, RecordedAt: at.Add(time.Second),
		}
		if i%2 == 1 {
			e.Action, e.Source, e.Purpose = consent.Withdraw, consent.Keyworded, consent.Everything
		}
		entries, next, _ := consent.Record(state, e)
		all, state = append(all, entries...), next
	}
	return all
}

// publish publishes the first days once more, from the ledgers as they are.
func (s *stage) publish(days int) {
	s.tb.Helper()
	s.days, s.files = nil, fstest.MapFS{}
	previous := ""
	for n := range days {
		var leaves []Leaf
		for _, entries := range s.ledgers {
			if n < len(entries) {
				leaves = append(leaves, leafOf(entries[n]))
			}
		}
		d, file, err := s.signer.NewDay(WholeDay(account, day(n), previous), leaves)
		if err != nil {
			s.tb.Fatal(err)
		}
		s.days, previous = append(s.days, d), d.Hash()
		s.files[DayObject(account, d.Day, 1)] = &fstest.MapFile{Data: file}
	}
}

func day(n int) string { return firstDay.AddDate(0, 0, n).Format(DayForm) }

// payload is Asha's ledger with the roots of the days that are published.
func (s *stage) payload() Payload {
	s.tb.Helper()
	p := Payload{Kind: Ledger, Account: account, MadeAt: madeAt, Subject: asha, Entries: EntriesOf(s.ledgers[asha]), Whole: true, Roots: []Root{}, Lacks: []string{}}
	for n, d := range s.days {
		if n < len(p.Entries) {
			p.Roots = append(p.Roots, s.root(d, s.ledgers[asha][n]))
		}
	}
	return p
}

func (s *stage) root(d Day, e consent.Entry) Root {
	s.tb.Helper()
	r, err := d.Prove([]consent.Entry{e})
	if err != nil {
		s.tb.Fatal(err)
	}
	return r
}

// receipt is a receipt with the second entry of Asha's.
func (s *stage) receipt() Payload {
	s.tb.Helper()
	e := s.ledgers[asha][1]
	return Payload{
		Kind: Receipt, Account: account, MadeAt: madeAt, Subject: messageID, Body: bodyOf(e, madeAt.AddDate(0, 0, -1)),
		Entries: EntriesOf([]consent.Entry{e}), Roots: []Root{s.root(s.days[1], e)}, Lacks: []string{"a sentence"},
	}
}

const messageID = "00112233445566778899aabbccddeeff"

// bodyOf is what a receipt states of a message that rests on an entry and was sent at some time.
func bodyOf(e consent.Entry, sent time.Time) []byte {
	return fmt.Appendf(nil, `{"messageId":%q,"status":"read","consent":{"status":"ACTIVE","entry":{"sequence":%d,"action":%q,"source":%q,"purpose":%q,`+
		`"noticeVersion":%q,"noticeHash":%q,"occurredAt":%q,"recordedAt":%q,"hash":%q}},"attempts":[{"claimedAt":%q}],"lacks":[{"n":1.50}]}`,
		messageID, e.Sequence, e.Action, e.Source, e.Purpose, e.NoticeVersion, e.NoticeHash, e.OccurredAt.Format(time.RFC3339), e.RecordedAt.Format(time.RFC3339), e.Hash,
		sent.Format(time.RFC3339))
}

// seal signs a payload without a look at it, as somebody would who has a key and a program of their own.
func seal(tb testing.TB, s Signer, p Payload) []byte {
	tb.Helper()
	e, err := s.sign(PayloadType, p)
	if err != nil {
		tb.Fatal(err)
	}
	return file(tb, e)
}

func file(tb testing.TB, v any) []byte {
	tb.Helper()
	text, err := encodeFile(v)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// rewritten is a ledger whose entry at index, and all after it, was written once more with right hashes.
func rewritten(entries []consent.Entry, index int, change func(*consent.Entry)) []consent.Entry {
	again := append([]consent.Entry{}, entries...)
	change(&again[index])
	return rehashed(again, index)
}

// rehashed makes a chain of entries from index on.
func rehashed(entries []consent.Entry, index int) []consent.Entry {
	for i := index; i < len(entries); i++ {
		entries[i].Sequence, entries[i].PreviousHash = int64(i)+1, ""
		if i > 0 {
			entries[i].PreviousHash = entries[i-1].Hash
		}
		entries[i].Hash = entries[i].Sum()
	}
	return entries
}

// without is a copy of what was published without some of it.
func (s *stage) without(names ...string) fs.FS {
	files := maps.Clone(s.files)
	for _, name := range names {
		delete(files, name)
	}
	return files
}

func mustVerify(tb testing.TB, file []byte, o Options) Result {
	tb.Helper()
	r, err := Verify(file, o)
	if err != nil {
		tb.Fatalf("Verify = %v, want nil", err)
	}
	return r
}

// refuses reports an error unless a file is refused with a fault like want.
func refuses(tb testing.TB, file []byte, o Options, want string) {
	tb.Helper()
	r, err := Verify(file, o)
	if err == nil {
		tb.Errorf("passes, want the fault %q; it says:\n%s", want, strings.Join(r.Lines(), "\n"))
		return
	}
	if !strings.Contains(err.Error(), want) {
		tb.Errorf("fault = %q, want %q", err, want)
	}
}

func signRaw(s Signer, e Envelope) []byte { return ed25519.Sign(s.key, e.signed()) }

// withoutSubject is a ledger that was written anew as nobody's.
func withoutSubject(entries []consent.Entry) []consent.Entry {
	nobodys := append([]consent.Entry{}, entries...)
	for i := range nobodys {
		nobodys[i].Subject = ""
	}
	return rehashed(nobodys, 0)
}
