package attest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// busyDay has eight entries on a day that is over: two shoppers', one a minute.
func (r *rig) busyDay() {
	r.t.Helper()
	for n := range 8 {
		key := []string{asha, ravi, asha, asha}[n%4]
		r.says(key, []consent.Action{consent.Grant, consent.Grant, consent.Withdraw, consent.Grant}[n%4])
		r.clock.Advance(time.Minute)
	}
	r.nextDay()
}

// inParts is another instance, of which a part has at most three entries.
func (r *rig) inParts() *attest.Attestor {
	a := r.another(remote)
	a.SetPartSize(3)
	return a
}

// TestPublishInParts publishes a day in three parts, and proves the entries of a shopper that lie in all of them.
func TestPublishInParts(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Attestor = r.inParts()
	r.busyDay()
	r.says(ravi, consent.Withdraw)
	r.nextDay()
	r.publish()
	for _, name := range []string{"2026-11-20", "2026-11-20.part0002", "2026-11-20.part0003", "2026-11-21"} {
		if r.published()["roots/811/"+name+".json"] == nil {
			t.Errorf("%s is not published", name)
		}
	}
	if n := len(r.published()); n != 5 {
		t.Errorf("%d files are published, want the key and four parts", n)
	}
	signer, err := r.key.Get(t.Context())
	r.must(err)
	for part, want := range []int64{3, 3, 2} {
		d, failed := proof.OpenDay(r.published()[proof.DayObject(account, "2026-11-20", int64(part+1))], signer.Public())
		r.must(failed)
		if d.Count != want || d.Last != (part == 2) {
			t.Errorf("part %d has %d entries, last: %v", part+1, d.Count, d.Last)
		}
	}
	for _, key := range []string{asha, ravi} {
		res := r.verified(key)
		if len(res.Days) != len(res.Entries) || len(res.Lacks) != 0 || len(res.Roots) < 3 {
			t.Errorf("days %v of %d entries, %d roots, lacks %v", res.Days, len(res.Entries), len(res.Roots), res.Lacks)
		}
	}

	second := r.published()[proof.DayObject(account, "2026-11-20", 2)]
	r.cloud.Storage().Replace("proof", proof.DayObject(account, "2026-11-20", 3), second)
	if _, err = r.Ledger(t.Context(), brand, account, asha); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "file of another day") {
		t.Errorf("Ledger = %v with a part in another's place, want Internal", err)
	}
	r.cloud.Storage().Replace("proof", proof.DayObject(account, "2026-11-20", 3), nil)
	file, err := r.Ledger(t.Context(), brand, account, asha)
	r.must(err)
	res, err := proof.Verify(file, proof.Options{Key: signer.Public()})
	r.must(err)
	if len(res.Lacks) != 1 || !strings.Contains(res.Lacks[0], "whose root is not published") || len(res.Days) >= len(res.Entries) {
		t.Errorf("without the last part: days %v, lacks %v", res.Days, res.Lacks)
	}
}

// TestPublishInPartsResumes has the process be killed, or a call fail, at every step of publishing a day in parts; another instance goes on
// behind the last part.
func TestPublishInPartsResumes(t *testing.T) {
	t.Parallel()
	want := func() map[string][]byte {
		r := newRig(t)
		r.Attestor = r.inParts()
		r.busyDay()
		r.publish()
		return r.published()
	}()
	for step := range 12 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.busyDay()
			puts := 0
			switch mode := []cloud.Mode{cloud.FailBefore, cloud.FailAfter}[step%2]; {
			case step < 8:
				_, err := r.cloud.Rules().Add(cloud.Rule{Match: "roots", Skip: step / 2, Times: 1, Mode: mode, Code: codes.Unavailable})
				r.must(err)
			default:
				r.cloud.Storage().Break(func(_, _ string) bool { puts++; return puts == step-7 })
			}
			_, _ = r.inParts().Publish(t.Context(), account)
			r.cloud.Rules().Clear()
			r.cloud.Storage().Break(nil)

			r.Attestor = r.inParts()
			r.publish()
			if got := r.published(); !same(got, want) {
				t.Errorf("%d files are published, or others than without a fault", len(got))
			}
		})
	}
}

// TestPublishBeginsNothingAnew has what was published of a day stay as it is, and no entry of it be read again.
func TestPublishBeginsNothingAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.busyDay()
	puts := 0
	r.cloud.Storage().Break(func(_, name string) bool { return strings.HasSuffix(name, "part0003.json") })
	_, _ = r.inParts().Publish(t.Context(), account)
	r.cloud.Storage().Break(func(_, name string) bool {
		if strings.HasPrefix(name, "roots/") {
			puts++
		}
		return false
	})
	if behind, err := r.inParts().Publish(t.Context(), account); err != nil || behind != 0 {
		t.Errorf("Publish = %v behind, %v", behind, err)
	}
	if puts > 2 { // the part, and what a look back lists
		t.Errorf("%d calls for files of the day, want the last part's only", puts)
	}
}

// TestPublishOfManyPages has more entries of one instant than a query reads, and than a part has: they stay together.
func TestPublishOfManyPages(t *testing.T) {
	t.Parallel()
	const count = 2100
	r := newRig(t)
	r.SetPartSize(1500)
	id, now := store.CustomerID(account, asha), r.clock.Now()
	c := store.Customer{ID: id, AccountID: account, PhoneKey: asha, Consent: consent.For(id)}
	var all []consent.Entry
	for n := range count {
		entries, next, _ := consent.Record(c.Consent, consent.Entry{
			Action: []consent.Action{consent.Grant, consent.Withdraw}[n%2], Source: consent.Keyworded, Purpose: consent.OrderUpdates, Actor: "customer",
			OccurredAt: now.Add(time.Duration(n) * time.Second), RecordedAt: now.Add(time.Duration(n) * time.Second),
		})
		all, c.Consent = append(all, entries...), next
	}
	r.must(r.store.CreateCustomer(t.Context(), c, all...))
	r.clock.Advance(time.Minute)
	r.says(ravi, consent.Grant)
	r.nextDay()
	r.publish()
	signer, err := r.key.Get(t.Context())
	r.must(err)
	for part, want := range []int64{count, 1} {
		d, err := proof.OpenDay(r.published()[proof.DayObject(account, "2026-11-20", int64(part+1))], signer.Public())
		if err != nil || d.Count != want {
			t.Errorf("part %d has %d entries, %v; want %d", part+1, d.Count, err, want)
		}
	}
}

// TestDayOfAnEntry has entries be stored on another day than they were recorded, and in the instant between two days.
func TestDayOfAnEntry(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	docs := testkit.OpenDocuments(t, r.cloud)
	midnight := start.Truncate(24*time.Hour).AddDate(0, 0, 1)
	for key, at := range map[string]time.Time{asha: midnight, ravi: midnight.Add(-time.Microsecond)} {
		r.says(key, consent.Grant)
		path := entry(store.CustomerID(account, key), 1)
		fields := docs.Get(t.Context(), path)
		fields["storedAt"] = at
		docs.Put(t.Context(), path, fields)
	}
	r.nextDay()
	r.nextDay()
	r.publish()
	signer, err := r.key.Get(t.Context())
	r.must(err)
	for key, day := range map[string]string{ravi: "2026-11-20", asha: "2026-11-21"} {
		d, err := proof.OpenDay(r.published()[proof.DayObject(account, day, 1)], signer.Public())
		if err != nil || d.Count != 1 {
			t.Errorf("%s has %d entries, %v; want one", day, d.Count, err)
		}
		if res := r.verified(key); res.Days[1] != day || len(res.Roots) != 1 {
			t.Errorf("entry is of %v, want %s", res.Days, day)
		}
	}
}

// TestPublishLooksBack has stored entries of a published day be changed, taken away and added. It is found when another day is published.
func TestPublishLooksBack(t *testing.T) {
	t.Parallel()
	const line = `"message":"what is stored of a day's consents is not what was published of it","account_id":"811","day":"2026-11-20"`
	for name, change := range map[string]func(fields map[string]any) (path string, changed map[string]any){
		"nothing": func(fields map[string]any) (string, map[string]any) { return "", fields },
		"changed": func(fields map[string]any) (string, map[string]any) { fields["hash"] = "v2:0"; return "", fields },
		"gone":    func(map[string]any) (string, map[string]any) { return "", nil },
		"moved": func(fields map[string]any) (string, map[string]any) {
			fields["storedAt"] = start.AddDate(0, 0, -1)
			return "", fields
		},
		"added": func(fields map[string]any) (string, map[string]any) {
			return entry(store.CustomerID(account, strings.Repeat("c", 32)), 1), fields
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.says(asha, consent.Grant)
			r.says(ravi, consent.Grant)
			r.nextDay()
			r.publish()
			docs := testkit.OpenDocuments(t, r.cloud)
			old := entry(store.CustomerID(account, ravi), 1)
			path, fields := change(docs.Get(t.Context(), old))
			if path == "" {
				path = old
			}
			docs.Put(t.Context(), path, fields)
			r.publish() // no day to publish, and no look back
			r.says(asha, consent.Withdraw)
			r.nextDay()
			_, err := r.Publish(t.Context(), account)
			if found := fault.Is(err, fault.Conflict) && strings.Count(r.logs.String(), line) == 1; found == (name == "nothing") {
				t.Errorf("Publish = %v, logs %s", err, r.logs)
			}
			if r.published()[proof.DayObject(account, "2026-11-21", 1)] == nil {
				t.Error("the new day is not published")
			}
		})
	}
}

// TestPublishGoesByTheDatabasesClock has the clock of an instance be ahead of the database's.
func TestPublishGoesByTheDatabasesClock(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	ahead := attest.New(attest.Deps{
		Store: r.store, Bucket: archive.New(archive.Options{Config: remote, Client: r.cloud.Storage().Client()}), Signer: r.key,
		Clock: clock.NewManual(start.AddDate(0, 0, 2)), Logger: logging.New(r.logs, logging.Options{}),
	})
	if behind, err := ahead.Publish(t.Context(), account); err != nil || behind != 0 || len(r.published()) != 1 {
		t.Errorf("Publish = %v, %v with %d files; want the key only", behind, err, len(r.published()))
	}
}

// TestPublishIsLateThoughNothingCanBeRead counts from what an instance knew last, or from its first try.
func TestPublishIsLateThoughNothingCanBeRead(t *testing.T) {
	t.Parallel()
	for name, match := range map[string]string{"state": "roots", "entries": "consents"} {
		for _, known := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/%v", name, known), func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.says(asha, consent.Grant)
				want := 50 * time.Hour
				if known {
					r.nextDay()
					r.publish()
					want = 50*time.Hour - (24*time.Hour - 4*time.Hour - 50*time.Minute - 12*time.Second)
				}
				_, err := r.cloud.Rules().Add(cloud.Rule{Match: match, Mode: cloud.FailBefore, Code: codes.FailedPrecondition})
				r.must(err)
				if behind, err := r.Publish(t.Context(), account); err == nil && !known || behind != 0 {
					t.Errorf("at first: %v behind, %v", behind, err)
				}
				r.clock.Advance(50 * time.Hour)
				if behind, err := r.Publish(t.Context(), account); err == nil || behind.Round(time.Second) != want {
					t.Errorf("later: %v behind, %v; want %v", behind, err, want)
				}
			})
		}
	}
}

// TestPlatformIsPublished has an entry that belongs to no account be under a root too.
func TestPlatformIsPublished(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	id := store.AppCustomerID(store.Authority, asha)
	entries, next, _ := consent.Record(consent.For(id), consent.Entry{Action: consent.Block, Source: consent.Authority, Purpose: consent.Everything, SourceRef: "DoT 1", Actor: "platform", OccurredAt: start, RecordedAt: start})
	r.must(r.store.CreateCustomer(t.Context(), store.Customer{ID: id, Consent: next}, entries...))
	r.nextDay()
	behind, err := r.Publish(t.Context(), consent.PlatformAccount)
	d, failed := proof.OpenDay(r.published()["roots/platform/2026-11-20.json"], r.options().Key)
	if err != nil || failed != nil || behind != 0 || d.Count != 1 {
		t.Errorf("Publish = %v, %v; the file has %d entries, %v", behind, err, d.Count, failed)
	}
	if d, err := r.store.EntriesOfDay(t.Context(), account, start.AddDate(0, 0, -1), r.clock.Now(), store.DayEntry{}, 10); err != nil || len(d) != 0 {
		t.Errorf("the account has %d entries, %v", len(d), err)
	}
}
