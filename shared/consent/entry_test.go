package consent

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var day = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)

func after(seconds int) time.Time { return day.Add(time.Duration(seconds) * time.Second) }

// chain is a ledger of one entry of each action, every field set.
func chain() []Entry { return chainOf("811:a") }

func chainOf(subject string) []Entry {
	var entries []Entry
	prev := &Entry{Subject: subject}
	for i, a := range []Action{Seen, Grant, Unreachable, Reachable, Expire, Deny, Withdraw} {
		e := link(prev, Entry{
			Action: a, Source: CustomerPortal, Purpose: OrderUpdates, SourceRef: "44212809", NoticeVersion: "order-updates/en/3",
			NoticeHash: NoticeHash("We write to you about your order."), Actor: "shopper", RequestID: "req-1",
			OccurredAt: after(i), RecordedAt: after(i + 1),
		})
		entries = append(entries, e)
		prev = &e
	}
	return entries
}

// The vectors are frozen: a change of any of them makes every stored ledger look forged.
func TestAppendGolden(t *testing.T) {
	t.Parallel()
	full := chain()
	minimal := link(nil, Entry{Subject: "811:a", Action: Withdraw})
	tests := []struct {
		name string
		got  Entry
		want string
	}{
		{"no_field_set", minimal, "v2:ee6449230b9fb1f047809ee57165155a04881a8149760654850ca838078b9db8"},
		{"first_of_a_chain", full[0], "v2:80ea6b65af0e7ab4418eb2a901fc226a9cadcf9780039551785684f637a482cd"},
		{"last_of_a_chain", full[6], "v2:0c0638b34e38acc81f276da12fd9394b9108d37808b8a9c46f07dad45832e194"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.got.Hash != tt.want {
				t.Errorf("Hash = %s, want %s", tt.got.Hash, tt.want)
			}
		})
	}
}

func TestNoticeHashGolden(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := NoticeHash(tt.text); got != tt.want {
				t.Errorf("NoticeHash(%q) = %s, want %s", tt.text, got, tt.want)
			}
		})
	}
	if NoticeHash("a ") == NoticeHash("a") {
		t.Error("NoticeHash overlooks a trailing space, want the exact text to count")
	}
}

func TestAppendLinks(t *testing.T) {
	t.Parallel()
	entries := chain()
	for i, e := range entries {
		if e.Sequence != int64(i)+1 {
			t.Errorf("entry %d: Sequence = %d, want %d", i, e.Sequence, i+1)
		}
		want := ""
		if i > 0 {
			want = entries[i-1].Hash
		}
		if e.PreviousHash != want {
			t.Errorf("entry %d: PreviousHash = %q, want %q", i, e.PreviousHash, want)
		}
	}
	// What the caller put into the fields that Append fills does not count.
	forged := link(nil, Entry{Subject: "811:a", Action: Grant, Sequence: 9, PreviousHash: "x", Hash: "y"})
	if diff := cmp.Diff(link(nil, Entry{Subject: "811:a", Action: Grant}), forged); diff != "" {
		t.Errorf("Append kept the caller's own links (-want +got):\n%s", diff)
	}
}

// Firestore keeps microseconds in UTC: an entry must verify after it was stored and read.
func TestAppendTimesSurviveStorage(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 5*3600+1800)
	e := link(nil, Entry{Subject: "811:a", Action: Grant, OccurredAt: day.In(ist).Add(1234567 * time.Nanosecond), RecordedAt: day.Add(2345678 * time.Nanosecond)})
	read := e
	read.OccurredAt = time.UnixMicro(e.OccurredAt.UnixMicro()).UTC()
	read.RecordedAt = time.UnixMicro(e.RecordedAt.UnixMicro()).In(ist)
	if err := VerifyChain([]Entry{read}); err != nil {
		t.Errorf("Verify after storage = %v, want nil", err)
	}
	if want := day.Add(1234 * time.Microsecond); e.OccurredAt != want {
		t.Errorf("OccurredAt = %v, want %v", e.OccurredAt, want)
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func([]Entry) []Entry
		want   int64 // the sequence named, 0 for none
	}{
		{"whole", func(es []Entry) []Entry { return es }, 0},
		{"empty", func([]Entry) []Entry { return nil }, 0},
		{"end_cut_off", func(es []Entry) []Entry { return es[:3] }, 0},
		{"first_missing", func(es []Entry) []Entry { return es[1:] }, 1},
		{"middle_missing", func(es []Entry) []Entry { return append(es[:2:2], es[3:]...) }, 3},
		{"swapped", func(es []Entry) []Entry { es[2], es[3] = es[3], es[2]; return es }, 3},
		{"twice", func(es []Entry) []Entry { return append(es[:3:3], es[2:]...) }, 4},
		{"re_hashed_in_the_middle", func(es []Entry) []Entry {
			es[2].Actor = "someone"
			es[2].Hash = es[2].Sum()
			return es
		}, 4},
		{"of_nobody", func([]Entry) []Entry { return chainOf("") }, 1},
		{"goes_on_with_nobody's", func(es []Entry) []Entry {
			return append(es, link(&Entry{Sequence: 7, Hash: es[6].Hash}, Entry{Action: Grant}))
		}, 8},
		{"goes_on_with_another_shopper's", func(es []Entry) []Entry {
			es[6] = link(&Entry{Subject: "811:b", Sequence: 6, Hash: es[5].Hash}, es[6])
			return es
		}, 7},
		{"first_follows_something", func(es []Entry) []Entry {
			es[0].PreviousHash = es[6].Hash
			es[0].Hash = es[0].Sum()
			return es
		}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := VerifyChain(tt.change(chain()))
			if tt.want == 0 {
				if err != nil {
					t.Errorf("Verify = %v, want nil", err)
				}
				return
			}
			var broken *ChainError
			if !errors.As(err, &broken) || broken.Sequence != tt.want {
				t.Errorf("Verify = %v, want a fault at entry %d", err, tt.want)
			}
		})
	}
}

// Every field of Entry, those added later too, is under the hash.
func TestVerifyFindsEveryChangedField(t *testing.T) {
	t.Parallel()
	typ := reflect.TypeFor[Entry]()
	for i := range typ.NumField() {
		t.Run(typ.Field(i).Name, func(t *testing.T) {
			t.Parallel()
			for at := range chain() {
				entries := chain()
				f := reflect.ValueOf(&entries[at]).Elem().Field(i)
				switch v := f.Interface().(type) {
				case time.Time:
					f.Set(reflect.ValueOf(v.Add(time.Microsecond)))
				case int64:
					f.SetInt(v + 1)
				default:
					f.SetString(f.String() + "x")
				}
				var broken *ChainError
				if err := VerifyChain(entries); !errors.As(err, &broken) || broken.Sequence != int64(at)+1 {
					t.Errorf("Verify with entry %d changed = %v, want a fault there", at+1, err)
				}
			}
		})
	}
}

// What is sent by is the state, so that one which was altered beside the ledger is a fault.
func TestStateVerifyFindsAnAlteredState(t *testing.T) {
	t.Parallel()
	s, ledger := run(entry(Seen, "", 0), entry(Grant, OrderUpdates, 1), entry(Withdraw, Everything, 2), entry(Withdraw, Everything, 3))
	if s.Again == nil || s.Verify(ledger) != nil {
		t.Fatalf("Verify of the state as it was = %v, with the repetition %v", s.Verify(ledger), s.Again)
	}
	grant := link(nil, entry(Grant, OrderUpdates, 4))
	for name, change := range map[string]func(*State){
		"status":         func(s *State) { s.Status = Active },
		"marketing":      func(s *State) { s.Marketing = true },
		"mark":           func(s *State) { s.Updates = Mark{Grant, after(4)} },
		"mark_only_time": func(s *State) { s.Updates.At = after(9) },
		"all_of_a_grant": func(s *State) { s.Updates, s.Status, s.Again = Mark{Grant, after(4)}, Active, nil },
		"again":          func(s *State) { *s = s.apply(grant); s.Again = &grant },
		"reach":          func(s *State) { s.Alive = after(1) },
		"blocked":        func(s *State) { s.Orders = []Order{{"order 7", Mark{Block, after(4)}}} },
		"changed_at":     func(s *State) { s.ChangedAt = after(9) },
	} {
		altered := s
		change(&altered)
		var broken *ChainError
		if err := altered.Verify(ledger); !errors.As(err, &broken) || broken.Sequence != 3 {
			t.Errorf("%s altered: Verify = %v, want a fault at entry 3", name, err)
		}
	}
	none := State{Subject: "811:a", Status: Active, Updates: Mark{Grant, after(4)}}
	if none.Verify(nil) == nil {
		t.Error("Verify takes a status that no entry leads to")
	}
}

// Text that moves from one field to its neighbour is a change.
func TestVerifyKeepsFieldsApart(t *testing.T) {
	t.Parallel()
	a := link(nil, Entry{Action: Grant, SourceRef: "12", NoticeVersion: "3"})
	b := link(nil, Entry{Action: Grant, SourceRef: "1", NoticeVersion: "23"})
	if a.Hash == b.Hash {
		t.Errorf("Hash = %s for both, want two", a.Hash)
	}
}

func TestStateVerify(t *testing.T) {
	t.Parallel()
	other := chain()
	other[6].Actor = "someone"
	other[6].Hash = other[6].Sum()
	tests := []struct {
		name    string
		state   State
		entries []Entry
		want    int64
	}{
		{"whole", Fold(chain()), chain(), 0},
		{"none", State{}, nil, 0},
		{"end_cut_off", Fold(chain()), chain()[:5], 6},
		{"another_shopper's", State{Subject: "811:b", Sequence: 7, LastHash: chain()[6].Hash}, chain(), 7},
		{"all_cut_off", Fold(chain()), nil, 1},
		{"one_added", Fold(chain()[:6]), chain(), 7},
		{"end_rewritten", Fold(chain()), other, 7},
		{"middle_broken", Fold(chain()), append(chain()[:2], chain()[3:]...), 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.state.Verify(tt.entries)
			var broken *ChainError
			if tt.want == 0 && err != nil || tt.want > 0 && (!errors.As(err, &broken) || broken.Sequence != tt.want) {
				t.Errorf("Verify = %v, want a fault at entry %d (0: none)", err, tt.want)
			}
		})
	}
}

func TestChainErrorTellsNoContent(t *testing.T) {
	t.Parallel()
	entries := chain()
	entries[3].SourceRef = "MARKER-7f3a"
	err := VerifyChain(entries)
	if err == nil || strings.Contains(err.Error(), "MARKER") || !strings.Contains(err.Error(), "entry 4") {
		t.Errorf("Verify = %v, want entry 4 named and none of its content", err)
	}
}
