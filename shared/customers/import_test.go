package customers_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const columns = "phone,email,name,status,purposes,occurredAt,evidence\n"

// active is a row of a shopper who agreed.
func active(number, purposes string) string {
	return number + ",ira@example.test,Ira Sample,ACTIVE," + purposes + ",2026-11-01T10:00:00Z,form 12\n"
}

// bring imports a file, and returns of each row what came of it.
func bring(t *testing.T, c *customers.Customers, f customers.File) ([]string, customers.Imported, error) {
	t.Helper()
	var all []string
	done, err := c.Import(t.Context(), editor, neem, f, func(r customers.RowResult) error {
		line := fmt.Sprintf("%d %s %s %t", r.Row, r.Verdict, r.Status, r.Marketing)
		if r.Why != "" {
			line += ": " + strings.TrimSpace(r.Field+" "+r.Why)
		}
		all = append(all, line)

		return nil
	})

	return all, done, err
}

// TestImport says of each row what came of it, and importing the file again changes nothing.
func TestImport(t *testing.T) {
	t.Parallel()
	const (
		takenBack  = ": the shopper has taken it back, and alone can give it again"
		takenOne   = ": of two purposes the shopper has taken one back, and alone can give it again"
		agreed     = ": the shopper has agreed since"
		elsewhere  = ": the shopper has taken it back under the other spelling of the number"
		authority  = ": an authority has ordered that the number is not written to"
		inactive   = "INACTIVE,,,\n"
		withTime   = "INACTIVE,,2026-11-10T10:00:00Z,\n"
		updatesOff = "INACTIVE,order_updates,,\n"
		offersOff  = "INACTIVE,marketing,,\n"
	)
	recent, old := start.Add(-time.Hour), start.Add(-30*24*time.Hour)
	offers := consent.Entry{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.Marketing, OccurredAt: recent}
	for _, tc := range []struct {
		name        string
		before      []consent.Entry
		row         string
		want, again string
		entries     int
	}{
		{"new_active", nil, active(ira, ""), "created ACTIVE false", "unchanged ACTIVE false", 1},
		{"new_both", nil, active(ira, "order_updates marketing"), "created ACTIVE true", "unchanged ACTIVE true", 2},
		{"new_inactive", nil, ira + ",,," + inactive, "created INACTIVE false", "unchanged INACTIVE false", 1},
		{"new_withdrawn", nil, ira + ",,," + withTime, "created INACTIVE false", "unchanged INACTIVE false", 1},
		{"new_contact", nil, ira + ",,,,,,\n", "created INACTIVE false", "unchanged INACTIVE false", 1},
		{"seen_active", []consent.Entry{{Action: consent.Seen, Source: consent.OrderEvent, Purpose: consent.OrderUpdates, OccurredAt: recent}}, active(ira, ""), "granted ACTIVE false", "unchanged ACTIVE false", 2},
		{"active_active", []consent.Entry{subscribed(recent)}, active(ira, ""), "unchanged ACTIVE false", "unchanged ACTIVE false", 1},
		{"active_marketing", []consent.Entry{subscribed(recent)}, active(ira, "marketing"), "granted ACTIVE true", "unchanged ACTIVE true", 2},
		{"active_inactive", []consent.Entry{subscribed(recent)}, ira + ",,," + inactive, "withdrawn INACTIVE false", "unchanged INACTIVE false", 2},
		{"active_updates_off", []consent.Entry{subscribed(recent), offers}, ira + ",,," + updatesOff, "withdrawn INACTIVE true", "unchanged INACTIVE true", 3},
		{"active_offers_off", []consent.Entry{subscribed(recent), offers}, ira + ",,," + offersOff, "withdrawn ACTIVE false", "unchanged ACTIVE false", 3},
		{"active_offers_never_on", []consent.Entry{subscribed(recent)}, ira + ",,," + offersOff, "unchanged ACTIVE false", "unchanged ACTIVE false", 1},
		{"active_contact", []consent.Entry{subscribed(recent)}, ira + ",,,,,,\n", "unchanged ACTIVE false", "unchanged ACTIVE false", 1},
		{"agreed_since_it_was_withdrawn", []consent.Entry{subscribed(recent)}, ira + ",,," + withTime, "unchanged ACTIVE false" + agreed, "unchanged ACTIVE false" + agreed, 2},
		{"withdrawn_since_it_agreed", []consent.Entry{subscribed(old)}, ira + ",,," + withTime, "withdrawn INACTIVE false", "unchanged INACTIVE false", 2},
		{"withdrawn_in_the_second_of_the_consent", []consent.Entry{subscribed(time.Date(2026, 11, 10, 10, 0, 0, 4e8, time.UTC))}, ira + ",,," + withTime, "withdrawn INACTIVE false", "unchanged INACTIVE false", 2},
		{"stopped_active", []consent.Entry{stopped(recent)}, active(ira, ""), "kept INACTIVE false" + takenBack, "kept INACTIVE false" + takenBack, 1},
		{"stopped_long_ago", []consent.Entry{stopped(old.Add(-300 * 24 * time.Hour))}, active(ira, "order_updates marketing"), "kept INACTIVE false" + takenBack, "kept INACTIVE false" + takenBack, 1},
		{
			"offers_stopped",
			[]consent.Entry{{Action: consent.Withdraw, Source: consent.UserPreferences, Purpose: consent.Marketing, OccurredAt: recent}},
			active(ira, "order_updates marketing"),
			"granted ACTIVE false" + takenOne, "kept ACTIVE false" + takenBack, 2,
		},
		{"denied", []consent.Entry{{Action: consent.Deny, Source: consent.Agent, Purpose: consent.Everything, OccurredAt: recent}}, active(ira, ""), "kept INACTIVE false" + takenBack, "kept INACTIVE false" + takenBack, 1},
		{"stopped_inactive", []consent.Entry{stopped(recent)}, ira + ",,," + inactive, "unchanged INACTIVE false", "unchanged INACTIVE false", 1},
		{"other_spelling_stopped", []consent.Entry{stopped(recent)}, active("+553188880001", ""), "kept INACTIVE false" + elsewhere, "kept INACTIVE false" + elsewhere, 1},
		{"blocked", []consent.Entry{subscribed(recent), {Action: consent.Block, Source: consent.Authority, Purpose: consent.Everything, OccurredAt: recent}}, active(ira, ""), "kept INACTIVE false" + authority, "kept INACTIVE false" + authority, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			number := ira
			if tc.name == "other_spelling_stopped" {
				number = "+5531988880001"
			}
			if tc.before != nil {
				r.put(neem, number, tc.before...)
			}
			if dry, _, err := bring(t, r.Customers, customers.File{Text: strings.NewReader(columns + tc.row), Dry: true}); err != nil || dry[0] != "2 "+tc.want {
				t.Errorf("dry: got %q, %v\nwant %q", dry, err, "2 "+tc.want)
			}
			for n, want := range []string{tc.want, tc.again, tc.again} {
				got, done, err := bring(t, r.Customers, customers.File{Text: strings.NewReader(columns + tc.row)})
				if err != nil || len(got) != 1 || got[0] != "2 "+want || done.Rows != 1 || done.Next != 0 {
					t.Errorf("time %d: got %q, %+v, %v\nwant %q", n+1, got, done, err, "2 "+want)
				}
				if entries := r.ledger(neem, number); len(entries) != tc.entries {
					t.Errorf("time %d: got %d entries, want %d", n+1, len(entries), tc.entries)
				}
			}
			r.clock.Advance(time.Hour)
			r.change(number, consent.Entry{Action: consent.Reachable, Source: consent.Inbound, Purpose: consent.Everything, OccurredAt: r.clock.Now()})
			r.change(number, stopped(r.clock.Now()))
			if entries := r.ledger(neem, number); len(entries) > tc.entries+1 {
				t.Errorf("the next STOP brings %d entries along: %+v", len(entries)-tc.entries-1, entries)
			}
		})
	}
}

// TestImportOfSomebodyWhoStopped makes a customer closed who said STOP to the account's app before the account knew the number.
func TestImportOfSomebodyWhoStopped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := store.AppCustomerID("ours", r.key(ira))
	ofApp := store.Customer{ID: id, Consent: consent.For(id)}
	e := stopped(start.Add(-time.Hour))
	e.RecordedAt = start
	entries, next, _ := consent.Record(ofApp.Consent, e)
	ofApp.Consent = next
	r.must(r.store.CreateCustomer(t.Context(), ofApp, entries...))
	got, _, err := bring(t, r.Customers, customers.File{Text: strings.NewReader(columns + active(ira, ""))})
	if want := "2 kept INACTIVE false: the shopper has taken it back, and alone can give it again"; err != nil || got[0] != want {
		t.Errorf("got %q, %v", got, err)
	}
	if c := r.read(neem, ira); c.Consent.Updates.Action != consent.Withdraw || c.Phone != ira || c.Name != "Ira Sample" {
		t.Errorf("got %+v", c.Consent)
	}
}

// TestImportOfTwoSpellings has what a shopper took back under one spelling of the number hold for rows of the other, whoever told it and in
// whatever order the rows stand.
func TestImportOfTwoSpellings(t *testing.T) {
	t.Parallel()
	const (
		a, b      = "+5531988880001", "+553188880001"
		elsewhere = ": the shopper has taken it back under the other spelling of the number"
		closed    = a + ",,,INACTIVE,,2026-11-10T10:00:00Z,\n"
		undated   = b + ",,,INACTIVE,,,\n"
	)
	before, recent := start.Add(-2*time.Hour), start.Add(-time.Hour)
	offers := func(action consent.Action, at time.Time) consent.Entry {
		return consent.Entry{Action: action, Source: consent.UserPreferences, Purpose: consent.Marketing, OccurredAt: at}
	}
	block := consent.Entry{Action: consent.Block, Source: consent.Authority, Purpose: consent.Everything, SourceRef: "order 7", OccurredAt: recent}
	for _, tc := range []struct {
		name       string
		atA, atB   []consent.Entry
		atApp      string // the app or authority that keeps atA
		rows, want string
		a, b       consent.Status // empty if there is none
		offersAtB  bool
	}{
		{"closes_the_other", []consent.Entry{subscribed(recent)}, nil, "", undated, "2 created INACTIVE false", consent.Inactive, consent.Inactive, false},
		{"closes_both", []consent.Entry{subscribed(recent)}, []consent.Entry{subscribed(recent)}, "", undated, "2 withdrawn INACTIVE false", consent.Inactive, consent.Inactive, false},
		{"closes_the_other_alone", []consent.Entry{subscribed(recent)}, []consent.Entry{stopped(recent)}, "", undated, "2 withdrawn INACTIVE false: under the other spelling of the number", consent.Inactive, consent.Inactive, false},
		{"of_before_a_consent", []consent.Entry{subscribed(recent)}, nil, "", closed, "2 unchanged ACTIVE false: the shopper has agreed since", consent.Active, "", false},
		{"offers", []consent.Entry{subscribed(before), offers(consent.Grant, before), offers(consent.Withdraw, recent)}, nil, "", active(b, "marketing"), "2 kept ACTIVE false" + elsewhere, consent.Active, "", false},
		{"one_of_two", []consent.Entry{subscribed(before), offers(consent.Withdraw, recent)}, nil, "", active(b, "order_updates marketing"), "2 created ACTIVE false: of two purposes the shopper has taken one back under the other spelling of the number", consent.Active, consent.Active, false},
		{"one_of_two_known", []consent.Entry{offers(consent.Withdraw, recent)}, []consent.Entry{offers(consent.Grant, before)}, "", active(b, "order_updates marketing"), "2 granted ACTIVE true", consent.Inactive, consent.Active, true},
		{"stop_at_an_app", []consent.Entry{stopped(recent)}, nil, "own-" + neem, active(b, ""), "2 kept INACTIVE false" + elsewhere, "", "", false},
		{"stop_at_our_app", []consent.Entry{stopped(recent)}, nil, "ours", active(b, "marketing"), "2 kept INACTIVE false" + elsewhere, "", "", false},
		{"blocked", []consent.Entry{block}, nil, store.Authority, active(b, ""), "2 kept INACTIVE false" + elsewhere, "", "", false},
		{"blocked_customer", []consent.Entry{subscribed(before), block}, nil, "", active(b, ""), "2 kept INACTIVE false" + elsewhere, consent.Inactive, "", false},
		{"one_file", nil, nil, "", closed + active(b, ""), "2 created INACTIVE false\n3 kept INACTIVE false" + elsewhere, consent.Inactive, "", false},
		{"one_file_other_way", nil, nil, "", active(b, "") + closed, "2 created ACTIVE false\n3 created INACTIVE false", consent.Inactive, consent.Inactive, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			switch {
			case tc.atApp != "":
				r.putAtApp(tc.atApp, a, tc.atA...)
			case tc.atA != nil:
				r.put(neem, a, tc.atA...)
			}
			if tc.atB != nil {
				r.put(neem, b, tc.atB...)
			}
			got, _, err := bring(t, r.Customers, customers.File{Text: strings.NewReader(columns + tc.rows)})
			if all := strings.Join(got, "\n"); err != nil || all != tc.want {
				t.Errorf("got %q, %v\nwant %q", all, err, tc.want)
			}
			for number, want := range map[string]consent.Status{a: tc.a, b: tc.b} {
				c, err := r.store.Customer(t.Context(), store.CustomerID(neem, r.key(number)))
				if want == "" {
					if !errors.Is(err, store.ErrNotFound) {
						t.Errorf("%s: got %+v, %v", number, c.Consent, err)
					}

					continue
				}
				if r.must(err); c.Consent.Status != want || number == b && c.Consent.Marketing != tc.offersAtB {
					t.Errorf("%s: got %s, %t", number, c.Consent.Status, c.Consent.Marketing)
				}
				r.ledger(neem, number)
			}
		})
	}
}

// TestOneWriterForBothSpellings has the rows of a number in two spellings be written in their order, whatever the number.
func TestOneWriterForBothSpellings(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var file strings.Builder
	file.WriteString(columns)
	for n := range 60 {
		fmt.Fprintf(&file, "+55319888800%02d,,,INACTIVE,,2026-11-10T10:00:00Z,\n%s", n, active(fmt.Sprintf("+5531888800%02d", n), ""))
	}
	_, done, err := bring(t, r.Customers, customers.File{Text: strings.NewReader(file.String())})
	if want := (map[customers.Verdict]int{customers.Created: 60, customers.Kept: 60}); err != nil || !maps.Equal(done.Verdicts, want) {
		t.Errorf("got %v, %v", done.Verdicts, err)
	}
}

// putAtApp has an app, or the authority, remember entries for customers of a number to come.
func (r *rig) putAtApp(app, e164 string, entries ...consent.Entry) {
	r.t.Helper()
	id := store.AppCustomerID(app, r.key(e164))
	ofApp := store.Customer{ID: id, Consent: consent.For(id)}
	var linked []consent.Entry
	for _, e := range entries {
		e.RecordedAt = r.clock.Now()
		var more []consent.Entry
		more, ofApp.Consent, _ = consent.Record(ofApp.Consent, e)
		linked = append(linked, more...)
	}
	r.must(r.store.CreateCustomer(r.t.Context(), ofApp, linked...))
}

// TestImportKeepsTheOrder tells results in the order of the rows, has the later of two rows of a number decide, and passes over what is before
// a row.
func TestImportKeepsTheOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var file strings.Builder
	file.WriteString(columns)
	for n := range 300 {
		switch {
		case n%50 == 7:
			file.WriteString("nobody,,,,,,\n")
		case n%2 == 0:
			fmt.Fprint(&file, active(fmt.Sprintf("90000%05d", n), ""))
		default:
			fmt.Fprintf(&file, "90000%05d,,,INACTIVE,,,\n", n-1)
		}
	}
	var rows []int
	done, err := r.Import(t.Context(), editor, neem, customers.File{Text: strings.NewReader(file.String()), From: 100}, func(one customers.RowResult) error {
		rows = append(rows, one.Row)
		return nil
	})
	if err != nil || done.Rows != 202 || !slices.IsSorted(rows) || rows[0] != 100 || rows[201] != 301 {
		t.Errorf("got %+v, %v, %v", done, rows, err)
	}
	want := map[customers.Verdict]int{customers.Created: 101, customers.Invalid: 4, customers.Withdrawn: 97}
	if diff := cmp.Diff(want, done.Verdicts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestImportRefuses says what is wrong before it reads a row, and to whom it is forbidden before it reads anything.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	never := func(customers.RowResult) error { panic("told a result") }
	for _, tc := range []struct {
		caller  access.Caller
		account string
		want    fault.Kind
	}{{viewer, neem, fault.Forbidden}, {support, neem, fault.Forbidden}, {editor, other, fault.Forbidden}, {owner, "899", fault.NotFound}, {editor, neem, fault.Invalid}} {
		_, err := r.Import(t.Context(), tc.caller, tc.account, customers.File{Text: strings.NewReader("name\nIra\n")}, never)
		if fault.KindOf(err) != tc.want {
			t.Errorf("%v at %s: got %v", tc.caller, tc.account, err)
		}
	}
}

// TestImportAtEveryCall has a STOP come at each call that a row makes, of a known customer and of one that the account meets then, before the
// call and after it: the shopper who said STOP stays out in every case.
func TestImportAtEveryCall(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		for _, after := range []bool{true, false} {
			at := 0
			for stopsAt(t, known, after, at) {
				at++
			}
			if at < 3 {
				t.Errorf("known %t, after %t: got %d calls", known, after, at)
			}
		}
	}
}

// stopsAt reports whether there was such a call.
func stopsAt(t *testing.T, known, after bool, at int) bool {
	t.Helper()
	r := newRig(t)
	if known {
		r.put(neem, ira, consent.Entry{Action: consent.Seen, Source: consent.OrderEvent, Purpose: consent.OrderUpdates, OccurredAt: start})
	}
	struck := false
	strike := func(_ context.Context, n int, _ string) error {
		if n == at {
			struck = true
			r.stop(ira)
		}

		return nil
	}
	h := &hook{before: strike}
	if after {
		h = &hook{after: strike}
	}
	got, _, err := bring(t, r.watched(h), customers.File{Text: strings.NewReader(columns + active(ira, "order_updates marketing"))})
	r.must(err)
	if !struck {
		return false
	}
	c := r.read(neem, ira)
	if ok, why := consent.May(c.Consent, consent.OrderUpdates, start.Add(time.Hour)); ok || c.Consent.Marketing {
		t.Errorf("known %t, after %t, call %d: the STOP is lost: %v, %q, %+v", known, after, at, got, why, c.Consent)
	}
	r.ledger(neem, ira)

	return true
}

// stop has the number say STOP to the platform's app, as intake records it: in the ledger of each customer of the number, and for accounts to
// come, in one write, until no other writer is faster.
func (r *rig) stop(number string) {
	r.t.Helper()
	for range 5 {
		known, err := r.store.CustomersByPhone(r.t.Context(), r.key(number))
		r.must(err)
		id := store.AppCustomerID("ours", r.key(number))
		ofApp, err := r.store.Customer(r.t.Context(), id)
		if errors.Is(err, store.ErrNotFound) {
			ofApp, err = store.Customer{ID: id, Consent: consent.For(id)}, nil
		}
		r.must(err)
		var effects store.Consequences
		for _, c := range append(known, ofApp) {
			effects.Of(c).RecordAll([]consent.Entry{stopped(consent.StopsAt(r.clock.Now()))}, r.clock.Now())
		}
		err = r.store.AddConsents(r.t.Context(), effects)
		if err == nil {
			return
		}
		if !store.IsConflict(err) && !errors.Is(err, store.ErrExists) {
			r.must(err)
		}
	}
	r.t.Fatal("the STOP is not recorded")
}

// TestImportFailsAtEveryCall has each call of an import fail, its answer be lost, or the import be cancelled there, and sends the file again:
// every customer has exactly the entries of one import.
func TestImportFailsAtEveryCall(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	file.WriteString(columns)
	for n := range 3 {
		file.WriteString(active(fmt.Sprintf("900000000%d", n), "order_updates marketing"))
	}
	for _, what := range []string{"fails", "answer_lost", "cancelled_before", "cancelled_after"} {
		at := 0
		for breaksAt(t, what, file.String(), at) {
			at++
		}
		if at < 9 {
			t.Errorf("%s: got %d calls", what, at)
		}
	}
}

// breaksAt reports whether there was such a call.
func breaksAt(t *testing.T, what, file string, at int) bool {
	t.Helper()
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	struck := false
	strike := func(_ context.Context, n int, _ string) error {
		if n != at {
			return nil
		}
		struck = true
		if strings.HasPrefix(what, "cancelled") {
			cancel()
			return nil
		}

		return lost
	}
	h := &hook{before: strike}
	if what == "answer_lost" || what == "cancelled_after" {
		h = &hook{after: strike}
	}
	ignore := func(customers.RowResult) error { return nil }
	first, err := r.watched(h).Import(ctx, editor, neem, customers.File{Text: strings.NewReader(file)}, ignore)
	if complete := err == nil; complete != (first.Next == 0 && first.Rows == 3) && first.Rows > 0 {
		t.Errorf("%s at call %d: got %+v, %v", what, at, first, err)
	}
	// It goes on from the row that it has named.
	if _, err = r.Import(t.Context(), editor, neem, customers.File{Text: strings.NewReader(file), From: first.Next}, ignore); err != nil {
		t.Errorf("%s at call %d: again: %v", what, at, err)
	}
	for n := range 3 {
		entries := r.ledger(neem, fmt.Sprintf("+91900000000%d", n))
		if len(entries) != 2 || entries[0].Purpose != consent.OrderUpdates || entries[1].Purpose != consent.Marketing {
			t.Errorf("%s at call %d: customer %d has %+v", what, at, n, entries)
		}
	}

	return struck
}

// TestImportKilled cancels imports at random rows and sends the file again, until it is through: every customer has the entries of one import.
func TestImportKilled(t *testing.T) {
	t.Parallel()
	const rows = 400
	r := newRig(t)
	var file strings.Builder
	file.WriteString(columns)
	for n := range rows {
		file.WriteString(active(fmt.Sprintf("90000%05d", n), "order_updates marketing"))
	}
	random := rand.New(rand.NewPCG(7, 11))
	for from, tries := 0, 0; ; tries++ {
		ctx, cancel := context.WithCancel(t.Context())
		left := 1 + random.IntN(rows/4)
		done, err := r.Import(ctx, editor, neem, customers.File{Text: strings.NewReader(file.String()), From: from}, func(customers.RowResult) error {
			if left--; left == 0 {
				cancel()
			}

			return nil
		})
		cancel()
		if err == nil {
			if tries < 4 {
				t.Errorf("it was through after %d tries", tries+1)
			}

			break
		}
		if from = done.Next; random.IntN(3) == 0 {
			from = 0 // whoever lost the answer sends all of it again
		}
		if tries > 300 {
			t.Fatal("it does not get on")
		}
	}
	for n := range rows {
		if entries := r.ledger(neem, fmt.Sprintf("+9190000%05d", n)); len(entries) != 2 {
			t.Fatalf("customer %d has %d entries", n, len(entries))
		}
	}
}

// TestImportStopsWithItsReader ends with the error of whoever is told, or of the file, and names the row to go on from.
func TestImportStopsWithItsReader(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	gone := errors.New("gone")
	n := 0
	done, err := r.Import(t.Context(), editor, neem, customers.File{Text: strings.NewReader(columns + active("9000000001", "") + active("9000000002", ""))}, func(customers.RowResult) error {
		if n++; n == 2 {
			return gone
		}

		return nil
	})
	if !errors.Is(err, gone) || done.Next != 3 || done.Rows != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	cut := io.MultiReader(strings.NewReader(columns+active("9000000001", "")), cutReader{gone})
	if got, done, err := bring(t, r.Customers, customers.File{Text: cut}); !errors.Is(err, gone) || done.Next != 3 || len(got) != 1 {
		t.Errorf("got %q, %+v, %v", got, done, err)
	}
}

type cutReader struct{ err error }

func (c cutReader) Read([]byte) (int, error) { return 0, c.err }

// made is a file of rows that is made while it is read.
type made struct {
	rows, n int
	rest    []byte
}

func (m *made) Read(p []byte) (int, error) {
	if len(m.rest) == 0 {
		if m.n == m.rows {
			return 0, io.EOF
		}
		if m.n == 0 {
			m.rest = []byte(columns)
		}
		m.rest = append(m.rest, active(fmt.Sprintf("+9190%08d", m.n), "")...)
		m.n++
	}
	n := copy(p, m.rest)
	m.rest = m.rest[n:]

	return n, nil
}

// TestImportReadsNoFurtherThanItWrites holds that what is read ahead of the results is bounded, whatever the file has: so is the memory.
func TestImportReadsNoFurtherThanItWrites(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	file := &made{rows: 2000}
	told, ahead := 0, 0
	done, err := r.Import(t.Context(), editor, neem, customers.File{Text: file, Dry: true}, func(customers.RowResult) error {
		told++
		ahead = max(ahead, file.n-told)

		return nil
	})
	if err != nil || done.Rows != 2000 || ahead > 250 {
		t.Errorf("got %+v with %d rows ahead, %v", done, ahead, err)
	}
}

// BenchmarkImport writes customers into an in-process Firestore, and says how much memory the import itself held: rows that are only checked
// keep nothing in the store.
func BenchmarkImport(b *testing.B) {
	for _, dry := range []bool{false, true} {
		b.Run(map[bool]string{false: "written", true: "checked"}[dry], func(b *testing.B) {
			r := newRig(b)
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			most := uint64(0)
			n := 0
			began := time.Now()
			done, err := r.Import(b.Context(), editor, neem, customers.File{Text: &made{rows: b.N}, Dry: dry}, func(customers.RowResult) error {
				if n++; n%5000 == 0 {
					runtime.GC()
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
				}

				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(done.Rows)/time.Since(began).Seconds(), "rows/s")
			b.ReportMetric(float64(max(most, before.HeapAlloc)-before.HeapAlloc)/(1<<20), "MiB")
		})
	}
}
