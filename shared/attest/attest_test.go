package attest_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/shared/wire"
)

const account = "811"

var (
	start  = time.Date(2026, 11, 20, 4, 50, 12, 0, time.UTC)
	brand  = access.Caller{Subject: "u-17", Role: access.Viewer, Accounts: []string{account}}
	asha   = strings.Repeat("a", 32)
	ravi   = strings.Repeat("b", 32)
	remote = archive.Config{Bucket: "proof", EmulatorHost: "storage.test"}
)

// rig is an Attestor on a local cloud.
type rig struct {
	*attest.Attestor

	t     *testing.T
	clock *clock.Manual
	cloud *cloud.Cloud
	store *store.Store
	key   *cache.Once[proof.Signer]
	logs  *testkit.Log
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clk := clock.NewManual(start)
	local := testkit.Cloud(t, clk)
	r := &rig{t: t, clock: clk, cloud: local, store: testkit.Store(t, local), logs: &testkit.Log{}}
	if err := local.Secrets().Put(t.Context(), testkit.Project, "proof-key", "a secret of sixteen bytes or more"); err != nil {
		t.Fatal(err)
	}
	secrets := secret.New(secret.Options{ProjectID: testkit.Project, Clock: clk, ClientOptions: local.ClientOptions()})
	t.Cleanup(func() { _ = secrets.Close() })
	r.key = wire.Signer(secrets, wire.ProofKey{Secret: "proof-key"})
	r.Attestor = r.another(remote)
	return r
}

// another is what another instance would have, on a bucket.
func (r *rig) another(bucket archive.Config) *attest.Attestor {
	return attest.New(attest.Deps{Store: r.store, Bucket: archive.New(archive.Options{Config: bucket, Client: r.cloud.Storage().Client()}), Signer: r.key, Clock: r.clock, Logger: logging.New(r.logs, logging.Options{})})
}

// says records what a shopper of the account said: to agree, or to take it back.
func (r *rig) says(key string, action consent.Action) {
	r.t.Helper()
	r.saysAt(account, key, action)
}

func (r *rig) saysAt(accountID, key string, action consent.Action) {
	r.t.Helper()
	id, now := store.CustomerID(accountID, key), r.clock.Now()
	e := consent.Entry{Action: action, Source: consent.Keyworded, Purpose: consent.OrderUpdates, SourceRef: "reply of " + key[:1], Actor: "customer", OccurredAt: now, RecordedAt: now}
	c, err := r.store.Customer(r.t.Context(), id)
	if err != nil {
		c = store.Customer{ID: id, AccountID: accountID, PhoneKey: key, Consent: consent.For(id)}
		entries, next, _ := consent.Record(c.Consent, e)
		c.Consent = next
		r.must(r.store.CreateCustomer(r.t.Context(), c, entries...))
		return
	}
	entries, next, _ := consent.Record(c.Consent, e)
	r.must(r.store.ChangeConsent(r.t.Context(), c, next, entries...))
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// publish publishes as sweep does, with nothing late.
func (r *rig) publish() {
	r.t.Helper()
	if behind, err := r.Publish(r.t.Context(), account); err != nil || behind != 0 {
		r.t.Fatalf("Publish = %v behind, %v; want all published", behind, err)
	}
}

// published are the names in the bucket.
func (r *rig) published() map[string][]byte { return r.cloud.Storage().Objects("proof") }

func (r *rig) copy() fstest.MapFS {
	files := fstest.MapFS{}
	for name, data := range r.published() {
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func (r *rig) options() proof.Options {
	r.t.Helper()
	signer, err := r.key.Get(r.t.Context())
	r.must(err)
	return proof.Options{Key: signer.Public(), DayFiles: r.copy()}
}

// verified makes a ledger's file and checks it as a stranger would.
func (r *rig) verified(key string) proof.Result {
	r.t.Helper()
	file, err := r.Ledger(r.t.Context(), brand, account, key)
	r.must(err)
	res, err := proof.Verify(file, r.options())
	r.must(err)
	return res
}

// nextDay is some time on the next day in UTC.
func (r *rig) nextDay() { r.clock.Advance(24 * time.Hour) }

// TestLedgerIsProved has two shoppers agree and take it back over some days, and proves the ledger of one at every stage: before anything is
// published, with some days published, with all.
func TestLedgerIsProved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.says(ravi, consent.Grant)
	res := r.verified(asha)
	if len(res.Entries) != 1 || len(res.Days) != 0 || len(res.Lacks) != 1 || !strings.Contains(res.Lacks[0], "Entry 1 is of 2026-11-20, whose root is not published") {
		t.Errorf("before anything is published: %d entries, days %v, lacks %v", len(res.Entries), res.Days, res.Lacks)
	}

	r.publish()
	if n := len(r.published()); n != 1 {
		t.Errorf("%d files are published of a day that is not over, want the key", n)
	}

	r.nextDay()
	r.says(asha, consent.Withdraw)
	r.publish()
	r.nextDay() // a day without an entry
	r.nextDay()
	r.says(asha, consent.Grant)
	r.publish()
	res = r.verified(asha)
	if len(res.Entries) != 3 || res.Days[1] != "2026-11-20" || res.Days[2] != "2026-11-21" || res.Days[3] != "" || len(res.Roots) != 2 {
		t.Errorf("with some days published: %d entries, days %v, %d roots", len(res.Entries), res.Days, len(res.Roots))
	}

	r.nextDay()
	r.publish()
	res = r.verified(asha)
	if res.Days[3] != "2026-11-23" || len(res.Lacks) != 0 || !res.Trusted || !res.Compared || res.LastDay != "2026-11-23" {
		t.Errorf("with all published: days %v, lacks %v", res.Days, res.Lacks)
	}
	signer, err := r.key.Get(t.Context())
	r.must(err)
	want := []string{proof.KeyObject(signer.Public()), "roots/811/2026-11-20.json", "roots/811/2026-11-21.json", "roots/811/2026-11-23.json"}
	for _, name := range want {
		if r.published()[name] == nil {
			t.Errorf("%s is not published", name)
		}
	}
	if len(r.published()) != len(want) {
		t.Errorf("%d files are published, want %v", len(r.published()), want)
	}
}

// TestPublishedSaysNothingOfAnybody holds that what everybody may read has no id of a customer.
func TestPublishedSaysNothingOfAnybody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.nextDay()
	r.publish()
	for name, data := range r.published() {
		if strings.Contains(string(data), asha) || strings.Contains(string(data), "grant") {
			t.Errorf("%s has a customer's key, or what was said", name)
		}
	}
}

func TestLedgerRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	for name, tc := range map[string]struct {
		caller       access.Caller
		account, key string
		want         fault.Kind
	}{
		"another_brand":    {access.Caller{Role: access.Editor, Accounts: []string{"812"}}, account, asha, fault.Forbidden},
		"nobody":           {access.Caller{}, account, asha, fault.Forbidden},
		"unknown_customer": {brand, account, ravi, fault.NotFound},
		"no_key":           {brand, account, "a/b", fault.NotFound},
		"upper_case_key":   {brand, account, strings.ToUpper(asha), fault.NotFound},
	} {
		if _, err := r.Ledger(t.Context(), tc.caller, tc.account, tc.key); !fault.Is(err, tc.want) {
			t.Errorf("%s: %v, want the kind %v", name, err, tc.want)
		}
	}
	if _, err := r.Attest(t.Context(), access.Caller{}, account, attest.Sheet{}); !fault.Is(err, fault.Forbidden) {
		t.Errorf("sheet for nobody: %v, want Forbidden", err)
	}
}

// TestSheetIsProved makes a receipt that rests on one entry.
func TestSheetIsProved(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.nextDay()
	r.says(asha, consent.Withdraw)
	r.publish()
	entries, err := r.store.Ledger(t.Context(), store.CustomerID(account, asha))
	r.must(err)
	sheet := attest.Sheet{
		Kind: proof.Receipt, MessageID: strings.Repeat("0", 32), Body: stated(t, entries[0]), Entries: entries[:1], Lacks: []string{"A sentence."},
	}
	file, err := r.Attest(t.Context(), brand, account, sheet)
	r.must(err)
	res, err := proof.Verify(file, r.options())
	r.must(err)
	if !strings.Contains(string(res.Body), `"status":"\u003cread\u003e"`) || res.Days[1] != "2026-11-20" || len(res.Lacks) != 1 {
		t.Errorf("body %s, days %v, lacks %v", res.Body, res.Days, res.Lacks)
	}

	sheet.Entries, sheet.Body = nil, map[string]any{"messageId": sheet.MessageID}
	if _, err = r.Attest(t.Context(), brand, account, sheet); err != nil {
		t.Errorf("without an entry: %v", err)
	}
	r.saysAt("812", asha, consent.Grant)
	sheet.Entries, err = r.store.Ledger(t.Context(), store.CustomerID("812", asha))
	r.must(err)
	if _, err = r.Attest(t.Context(), brand, account, sheet); !fault.Is(err, fault.Internal) {
		t.Errorf("with an entry of another account: %v, want Internal", err)
	}
}

// TestWithoutABucket proves by the signature alone.
func TestWithoutABucket(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.Attestor = r.another(archive.Config{})
	r.says(asha, consent.Grant)
	r.nextDay()
	r.publish()
	if res := r.verified(asha); len(res.Roots) != 0 || len(res.Lacks) != 1 {
		t.Errorf("%d roots, lacks %v", len(res.Roots), res.Lacks)
	}
}

// TestRepetitionIsNamed has a portal's POST repeat what holds: it has no place in the ledger yet.
func TestRepetitionIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	id := store.CustomerID(account, asha)
	c, err := r.store.Customer(t.Context(), id)
	r.must(err)
	r.clock.Advance(time.Minute)
	entries, next, changed := consent.Record(c.Consent, consent.Entry{Action: consent.Grant, Source: consent.CustomerPortal, Purpose: consent.OrderUpdates, OccurredAt: r.clock.Now(), RecordedAt: r.clock.Now()})
	if len(entries) != 0 || !changed {
		t.Fatalf("%d entries, want a repetition", len(entries))
	}
	r.must(r.store.ChangeConsent(t.Context(), c, next))
	if res := r.verified(asha); len(res.Lacks) != 2 || !strings.Contains(res.Lacks[0], "said the same again at 2026-11-20T04:51:12Z (grant)") {
		t.Errorf("lacks %v", res.Lacks)
	}
}

// TestPublishResumes has the process be killed, or a call fail, at every step of publishing, twice; then another instance goes on.
func TestPublishResumes(t *testing.T) {
	t.Parallel()
	want := func() map[string][]byte {
		r := newRig(t)
		r.threeDays()
		r.publish()
		return r.published()
	}()
	for step := range 16 {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.threeDays()
			mode := cloud.FailBefore
			if step%2 == 1 {
				mode = cloud.FailAfter
			}
			_, err := r.cloud.Rules().Add(cloud.Rule{Match: "roots", Skip: step / 4, Times: 1, Mode: mode, Code: codes.Unavailable})
			r.must(err)
			puts := 0
			r.cloud.Storage().Break(func(_, _ string) bool {
				puts++
				return step%4 >= 2 && puts == step/2
			})
			_, _ = r.Publish(t.Context(), account)
			r.cloud.Rules().Clear()
			r.cloud.Storage().Break(nil)

			r.Attestor = r.another(remote)
			r.publish()
			r.publish()
			if got := r.published(); !same(got, want) {
				t.Errorf("%d files are published, or others than without a fault", len(got))
			}
		})
	}
}

func same(got, want map[string][]byte) bool {
	for name, data := range want {
		if string(got[name]) != string(data) {
			return false
		}
	}
	return len(got) == len(want)
}

// threeDays has entries on three days, all of which are over.
func (r *rig) threeDays() {
	r.t.Helper()
	for n := range 3 {
		for _, key := range []string{asha, ravi} {
			r.says(key, []consent.Action{consent.Grant, consent.Withdraw}[n%2])
		}
		r.nextDay()
	}
}

// TestPublishByManyAtOnce has several instances publish the same days.
func TestPublishByManyAtOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.threeDays()
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.another(remote).Publish(t.Context(), account); err != nil {
				t.Errorf("Publish = %v", err)
			}
		})
	}
	all.Wait()
	r.publish()
	if res := r.verified(asha); len(res.Days) != 3 || len(res.Roots) != 3 {
		t.Errorf("days %v, want three", res.Days)
	}
}

// TestPublishOfManyEntriesAndDays has more days wait than one call publishes.
func TestPublishOfManyEntriesAndDays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for n := range 40 { // more days than one call publishes
		r.says(asha, []consent.Action{consent.Grant, consent.Withdraw}[n%2])
		r.nextDay()
	}
	behind, err := r.Publish(t.Context(), account)
	r.must(err)
	if behind < 8*24*time.Hour {
		t.Errorf("behind = %v after one call, want the days that are left", behind)
	}
	r.publish()
	if res := r.verified(asha); len(res.Days) != 40 {
		t.Errorf("%d days, want 40", len(res.Days))
	}
}

// TestPublishWaitsForTheDayToSettle publishes nothing in the minutes after midnight.
func TestPublishWaitsForTheDayToSettle(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.clock.Advance(start.Truncate(24 * time.Hour).Add(24*time.Hour + 14*time.Minute).Sub(start))
	r.publish()
	if len(r.published()) != 1 {
		t.Error("a day is published 14 minutes after its end")
	}
	r.clock.Advance(2 * time.Minute)
	r.publish()
	if len(r.published()) != 2 {
		t.Errorf("%d files 16 minutes after the day's end, want the key and the day", len(r.published()))
	}
}

// TestPublishSaysHowLateItIs has the bucket fail for two days.
func TestPublishSaysHowLateItIs(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.nextDay()
	r.nextDay()
	r.cloud.Storage().Break(func(method, _ string) bool { return method == http.MethodPost })
	behind, err := r.Publish(t.Context(), account)
	if want := 28*time.Hour + 50*time.Minute + 12*time.Second; !fault.Is(err, fault.Unavailable) || behind.Round(time.Second) != want {
		t.Errorf("behind = %v, %v; want %v and Unavailable", behind, err, want)
	}
	r.cloud.Storage().Break(nil)
	r.publish()
}

// TestPublishFindsAChangedPast has the first day be published, before sweep's own writing of it, with another content than what is stored, as
// after somebody has changed an entry. It is told once; the days after go on from what is published.
func TestPublishFindsAChangedPast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.threeDays()
	other := newRig(t)
	other.says(asha, consent.Grant)
	other.nextDay()
	other.publish()
	name := proof.DayObject(account, "2026-11-20", 1)
	r.cloud.Storage().Replace("proof", name, other.published()[name])

	_, err := r.Publish(t.Context(), account)
	if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "what is stored of 2026-11-20 is not what was published of it") {
		t.Errorf("Publish = %v, want that the day has another content", err)
	}
	r.publish()
	if n := len(r.published()); n != 4 {
		t.Errorf("%d files are published, want the key and all three days", n)
	}
	if _, err = r.Ledger(t.Context(), brand, account, ravi); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "entry 1: is not among those that were published of 2026-11-20") {
		t.Errorf("Ledger = %v, want that entry 1 is not as published", err)
	}
	if log := r.logs.String(); strings.Count(log, `"severity":"ERROR"`) != 2 || !strings.Contains(log, `"day":"2026-11-20"`) || !strings.Contains(log, `"customer":"811:`+ravi) {
		t.Errorf("logs %s, want the day and the customer at severity ERROR", log)
	}
}

// TestPublishStopsAtAForgedDay has somebody who may write to the bucket put a day there that another key has signed.
func TestPublishStopsAtAForgedDay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.threeDays()
	mallory, err := proof.NewSigner([]byte("mallory's own secret of some bytes"))
	r.must(err)
	_, forged, err := mallory.NewDay(proof.WholeDay(account, "2026-11-20", ""), []proof.Leaf{{Sequence: 1, Hash: "v2:00"}})
	r.must(err)
	r.cloud.Storage().Replace("proof", proof.DayObject(account, "2026-11-20", 1), forged)
	for range 2 {
		behind, err := r.Publish(t.Context(), account)
		if err == nil || !strings.Contains(err.Error(), "is signed by another key") || behind < 48*time.Hour {
			t.Errorf("Publish = %v behind, %v; want that it stops there", behind, err)
		}
	}
	if _, err := r.Ledger(t.Context(), brand, account, asha); !fault.Is(err, fault.Internal) || !strings.Contains(err.Error(), "is signed by another key") {
		t.Errorf("Ledger = %v, want that the day is forged", err)
	}
}

// TestLedgerFindsAMissingEnd has the newest entry be gone from the database, of a day that is not published.
func TestLedgerFindsAMissingEnd(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.says(asha, consent.Grant)
	r.says(asha, consent.Withdraw)
	id := store.CustomerID(account, asha)
	testkit.OpenDocuments(t, r.cloud).Put(t.Context(), entry(id, 2), nil)
	if _, err := r.Ledger(t.Context(), brand, account, asha); !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "entry 2: missing") {
		t.Errorf("Ledger = %v, want that entry 2 is missing", err)
	}
}
