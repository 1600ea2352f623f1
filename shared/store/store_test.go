package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/emulator"
)

// at is the suite's time, in the whole microseconds that Firestore keeps.
var at = time.Date(2024, 2, 13, 10, 0, 0, 0, time.UTC)

// bench is a store and names of its own in it, since an emulator may be shared with other runs.
type bench struct {
	*store.Store
	t   *testing.T
	run string
	// stays lasts until all cases are over. A watch that ends while others write has the emulator fail a write of theirs.
	stays context.Context //nolint:containedctx // of the whole test, of which a case has none
}

// name is an id that no other case has.
func (b *bench) name(s string) string { return b.run + "-" + s }

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) want(err, want error) {
	b.t.Helper()
	if !errors.Is(err, want) {
		b.t.Errorf("got %v, want %v", err, want)
	}
}

func (b *bench) same(what string, got, want any) {
	b.t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(store.Customer{})); diff != "" {
		b.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func suites() map[string]func(*bench) {
	all := map[string]func(*bench){}
	for _, part := range []map[string]func(*bench){settingSuite(), customerSuite(), orderSuite(), messageSuite(), parkedSuite(), replySuite(), brandSuite(), progressSuite(), versionSuite(), logSuite(), usageSuite(), ratingSuite(), watchSuite(), signInSuite()} {
		maps.Copy(all, part)
	}
	return all
}

func runSuites(t *testing.T, db *store.Store) {
	t.Helper()
	run, stays := time.Now().UnixNano(), t.Context()
	for n, name := range slices.Sorted(maps.Keys(suites())) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suites()[name](&bench{Store: db, t: t, run: fmt.Sprintf("%d-%d", run, n), stays: stays})
		})
	}
}

func TestLocal(t *testing.T) {
	t.Parallel()
	db := local(t, store.Indexes, &asked)
	runSuites(t, db)
}

func TestEmulator(t *testing.T) {
	t.Parallel()
	conn, err := grpc.NewClient(emulator.Firestore(t), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithPerRPCCredentials(owner{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	db, err := store.Open(t.Context(), "store-test", option.WithGRPCConn(conn))
	if err != nil {
		t.Fatal(err)
	}
	runSuites(t, db)
}

// owner lets the emulator skip security rules.
type owner struct{}

func (owner) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

func (owner) RequireTransportSecurity() bool { return false }

// local is a store on an in-process cloud that has no composite index but the given ones. What its queries ask of them is recorded, if recorded
// is not nil.
func local(t *testing.T, indexes []byte, recorded *firestore.Queries) *store.Store {
	t.Helper()
	c, err := cloud.Start(t.Context(), cloud.Options{Indexes: bytes.NewReader(indexes), EnforceIndexes: true, Queries: recorded})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	db, err := store.Open(t.Context(), "store-test", c.ClientOptions()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func settingSuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"account": func(b *bench) {
			ctx, id := b.t.Context(), b.name("1489")
			_, err := b.Account(ctx, id)
			b.want(err, store.ErrNotFound)
			_, err = b.AccountIDBySlug(ctx, b.name("slug"))
			b.want(err, store.ErrNotFound)
			a := account.Account{
				ID: id, Slug: b.name("slug"), Name: "Neem & Co", ConsentMode: account.BrandDeclared, Sender: "app/1", MaxAge: time.Hour,
				Apps: map[string]account.App{"app/1": {
					Provider: "gupshup", Ownership: message.Platform, Name: "N", Number: "919000000801", Secret: "key", Rate: 12.5,
					ProviderIDs: map[string]string{"appId": "x"},
					Health:      account.Health{Reason: message.CauseBalance, Since: at, RetryAt: at.Add(time.Minute), Checks: 2},
				}},
				Events: map[string]account.Event{"shipment/failed_delivery": {
					Enabled: true, TemplateID: "t", Filling: filling(), MaxAge: time.Minute,
					Health: account.Health{Reason: account.TemplateHeld, Since: at, RetryAt: at.Add(time.Minute), Checks: 3},
				}},
			}
			b.must(b.PutAccount(ctx, a))
			got, err := b.Account(ctx, id)
			b.must(err)
			b.same("account", got, a)
			found, err := b.AccountIDBySlug(ctx, strings.ToUpper(a.Slug))
			b.must(err)
			b.same("id by slug", found, id)
		},
		"accounts with an app": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app/1.x`y")
			put := func(id, appID, provider string) {
				b.must(b.PutAccount(ctx, account.Account{ID: id, Sender: "sender of " + id, Apps: map[string]account.App{appID: {Provider: provider}, "other": {Provider: "meta"}}}))
			}
			one, two := b.name("1"), b.name("2")
			put(two, app, "meta")
			put(one, app, "meta")
			put(b.name("3"), app, "gupshup")
			put(b.name("4"), app+"2", "meta")
			listed := func(last string, limit int) string {
				all, err := b.AppUsers(ctx, "meta", app, last, limit)
				b.must(err)
				var ids []string
				for _, a := range all {
					b.same("sender", a.Sender, "sender of "+a.AccountID)
					ids = append(ids, a.AccountID)
				}
				return strings.Join(ids, " ")
			}
			b.same("all", listed("", 10), one+" "+two)
			b.same("first page", listed("", 1), one)
			b.same("next page", listed(one, 1), two)
			b.same("after the last", listed(two, 1), "")
			none, err := b.AppUsers(ctx, "meta", "", "", 10)
			b.must(err)
			b.same("of no app", len(none), 0)
		},
		"account that needs attention": func(b *bench) {
			ctx, id := b.t.Context(), b.name("1")
			listed := func() bool {
				all, err := b.AccountsNeedingAttention(ctx, "", 1000)
				b.must(err)
				return slices.ContainsFunc(all, func(a account.Account) bool { return a.ID == id })
			}
			b.must(b.PutAccount(ctx, account.Account{ID: id, Apps: map[string]account.App{"a": {}}, Events: map[string]account.Event{"e": {}}}))
			b.same("healthy", listed(), false)
			for _, ill := range []bool{true, false} {
				b.must(b.ChangeCondition(ctx, id, func(f *account.Condition) bool {
					app := f.Apps["a"]
					if app.Health.Reason = ""; ill {
						app.Health.Reason = message.CauseBlocked
					}
					f.Apps["a"] = app
					return true
				}))
				b.same("after a change of health", listed(), ill)
				b.must(b.ChangeCondition(ctx, id, func(f *account.Condition) bool {
					e := f.Events["e"]
					if e.Health.Reason = ""; !ill {
						e.Health.Reason = account.TemplateHeld
					}
					f.Events["e"] = e
					return true
				}))
				b.same("after a change of the template", listed(), true)
			}
		},
		"account changed meanwhile": func(b *bench) {
			ctx, id := b.t.Context(), b.name("1")
			b.want(b.ChangeCondition(ctx, id, func(*account.Condition) bool { return true }), store.ErrNotFound)
			brand := account.Account{
				ID: id, Slug: b.name("slug"), Name: "old", ConsentMode: account.Explicit, Sender: "a", MaxAge: time.Hour,
				Apps: map[string]account.App{"a": {Name: "old"}},
			}
			b.must(b.PutAccount(ctx, brand))
			brand.Name, brand.Sender, brand.MaxAge = "new", "b", time.Minute
			brand.Apps = map[string]account.App{"a": {Name: "new"}}
			calls := 0
			b.must(b.ChangeCondition(ctx, id, func(f *account.Condition) bool {
				if calls++; calls == 1 {
					b.must(b.PutAccount(ctx, brand))
				}
				f.Apps = map[string]account.App{"a": {Name: f.Apps["a"].Name, Health: account.Health{Reason: message.CauseBlocked}}}
				return true
			}))
			got, err := b.Account(ctx, id)
			b.must(err)
			brand.Apps["a"] = account.App{Name: "new", Health: account.Health{Reason: message.CauseBlocked}}
			b.same("account", got, brand)
			b.same("calls", calls, 2)
			b.must(b.ChangeCondition(ctx, id, func(f *account.Condition) bool { f.Apps = nil; return false }))
			got, err = b.Account(ctx, id)
			b.must(err)
			b.same("apps after no change", len(got.Apps), 1)
			b.want(b.ChangeCondition(ctx, id, func(*account.Condition) bool {
				calls++
				b.must(b.PutAccount(ctx, account.Account{ID: id, Name: fmt.Sprint("busy ", calls)}))
				return true
			}), store.ErrConflict)
		},
		"callback token": func(b *bench) {
			ctx := b.t.Context()
			_, err := b.WebhookByToken(ctx, b.name("token/with/slashes"))
			b.want(err, store.ErrNotFound)
			c := store.Webhook{Provider: "gupshup", AppID: "app", AccountID: "811"}
			b.must(b.PutWebhook(ctx, b.name("token/with/slashes"), c))
			got, err := b.WebhookByToken(ctx, b.name("token/with/slashes"))
			b.must(err)
			b.same("callback", got, c)
		},
		"several callback tokens": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app of tokens")
			c := store.Webhook{Provider: "gupshup", AppID: app, AccountID: "811"}
			ids := func() (ids []string) {
				tokens, err := b.WebhookTokens(ctx, app)
				b.must(err)
				for _, t := range tokens {
					b.same("callback", t.Webhook, c)
					b.same("has a time", t.AddedAt.IsZero(), false)
					ids = append(ids, t.ID)
				}
				return ids
			}
			b.same("no token", len(ids()), 0)
			b.must(b.PutWebhook(ctx, b.name("old token"), c))
			old := ids()
			b.must(b.PutWebhook(ctx, b.name("new token"), c))
			both := ids()
			b.same("tokens", len(both), 2)
			b.same("old token listed", slices.Contains(both, old[0]), true)
			for range 2 {
				b.must(b.EndWebhookToken(ctx, old[0]))
				_, err := b.WebhookByToken(ctx, b.name("old token"))
				b.want(err, store.ErrNotFound)
			}
			_, err := b.WebhookByToken(ctx, b.name("new token"))
			b.must(err)
			b.same("tokens left", len(ids()), 1)
		},
		"app's times": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app/é")
			got, err := b.AppTimes(ctx, app)
			b.must(err)
			b.same("never", got, store.AppTimes{})
			b.must(b.RecordAppTimes(ctx, app, store.AppTimes{}))
			for _, d := range []time.Duration{time.Hour, time.Minute} {
				b.must(b.RecordAppTimes(ctx, app, store.AppTimes{Taken: at.Add(d)}))
				b.must(b.RecordAppTimes(ctx, app, store.AppTimes{Witness: at.Add(2 * d)}))
			}
			got, err = b.AppTimes(ctx, app)
			b.must(err)
			b.same("newest", store.AppTimes{Taken: got.Taken.UTC(), Witness: got.Witness.UTC()},
				store.AppTimes{Taken: at.Add(time.Hour), Witness: at.Add(2 * time.Hour)})
		},
		"what an app took": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			m := message.Message{ID: b.name("taken"), AppID: app, Phase: message.Claimed, Attempt: 1}
			_, err := b.Decide(ctx, store.Decision{Message: m})
			b.must(err)
			for _, d := range []time.Duration{time.Hour, time.Minute} { // the newest counts
				b.must(b.Record(ctx, message.Progress{
					MessageID: m.ID, Attempt: 1, Status: message.StatusAccepted, AppID: app, ClaimedAt: at.Add(d).UnixMilli(),
				}))
			}
			for since, want := range map[time.Duration]bool{time.Minute: true, time.Hour: true, time.Hour + time.Second: false} {
				got, takenErr := b.HasTakenSince(ctx, app, at.Add(since))
				b.must(takenErr)
				b.same("taken", got, want)
			}
			got, err := b.HasTakenSince(ctx, b.name("another app"), at)
			b.must(err)
			b.same("taken by another", got, false)
		},
		"app's health": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app/é")
			health := func(h account.Health) account.Health { h.Since = h.Since.UTC(); return h }
			suspend := func(c *account.Condition) bool { return c.SuspendApp(app, at, at) }
			look := func(*account.Condition) bool { return false }
			got, err := b.ChangeAppHealth(ctx, app, look)
			b.must(err)
			b.same("never", got, account.Health{})

			// Another creates the document, or changes it, between the read and the write.
			first := true
			got, err = b.ChangeAppHealth(ctx, app, func(c *account.Condition) bool {
				if first {
					first = false
					_, err = b.ChangeAppHealth(ctx, app, suspend)
					b.must(err)
				}
				return suspend(c)
			})
			b.must(err)
			b.same("created by another", got.RetryAt.UTC(), at.Add(15*time.Second))
			b.must(b.RecordAppTimes(ctx, app, store.AppTimes{Taken: at}))
			probe := func(c *account.Condition) bool { return c.ProbeApp(app, at.Add(15*time.Second)) }
			first = true
			taken := false
			got, err = b.ChangeAppHealth(ctx, app, func(c *account.Condition) bool {
				if first {
					first = false
					_, err = b.ChangeAppHealth(ctx, app, probe)
					b.must(err)
				}
				taken = probe(c)
				return taken
			})
			b.must(err)
			b.same("probed although another was faster", taken, false)
			b.same("probes taken", got.Checks, 1)

			_, err = b.ChangeAppHealth(ctx, app, func(c *account.Condition) bool { return c.ResumeApp(app, at.Add(time.Minute)) })
			b.must(err)
			got, err = b.ChangeAppHealth(ctx, app, look)
			b.must(err)
			b.same("resumed", health(got), account.Health{Since: at.Add(time.Minute)})
			times, err := b.AppTimes(ctx, app)
			b.must(err)
			b.same("times beside it", times.Taken.UTC(), at)
		},
		"heartbeat": func(b *bench) {
			ctx, now := b.t.Context(), time.Now().Truncate(time.Millisecond).UTC()
			b.must(b.PutHeartbeat(ctx, now))
			b.must(b.PutHeartbeat(ctx, at))
			got, err := b.Heartbeat(ctx)
			b.must(err)
			b.same("heartbeat", got.UTC(), now)
		},
		"template": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			_, err := b.Template(ctx, app, "t/1")
			b.want(err, store.ErrNotFound)
			tpl := store.Template{Template: template.Template{ID: "t/1", Body: "Hi {{1}}", Status: "APPROVED"}, CheckedAt: at}
			b.must(b.PutTemplate(ctx, app, tpl))
			got, err := b.Template(ctx, app, "t/1")
			b.must(err)
			b.same("template", got, tpl)
			_, err = b.Template(ctx, app+"t/1", "")
			b.want(err, store.ErrNotFound)

			stale, newer := tpl, tpl
			stale.CheckedAt = time.Time{}
			b.must(b.PutTemplate(ctx, app, stale))
			newer.Body, newer.CheckedAt = "Dear {{1}}", at.Add(time.Hour)
			b.must(b.PutTemplate(ctx, app, newer))
			kept, err := b.TemplateCopy(ctx, app, "t/1", tpl.Fingerprint())
			b.must(err)
			b.same("copy of before", kept, tpl)
			_, err = b.TemplateCopy(ctx, app, "t/1", "0123")
			b.want(err, store.ErrNotFound)
		},
		"changed_template": func(b *bench) {
			ctx, app := b.t.Context(), b.name("app")
			b.must(b.ChangeTemplate(ctx, app, "t/1", store.SeenTemplate{}, func(*store.Template) bool { return false }))
			_, err := b.Template(ctx, app, "t/1")
			b.want(err, store.ErrNotFound)

			told := store.Template{
				Template: template.Template{ID: "t/1", Body: "Hi {{1}}", Category: "MARKETING"}, CheckedAt: at, Approved: "0123",
				CategoryAt: at, ToldAt: at.Add(time.Second), Announced: "UTILITY", AnnouncedAt: at,
			}
			tries := 0
			b.must(b.ChangeTemplate(ctx, app, "t/1", store.SeenTemplate{}, func(t *store.Template) bool {
				if tries++; tries == 1 { // another writer is faster
					b.must(b.PutTemplate(ctx, app, store.Template{Template: template.Template{ID: "t/1", Body: "Faster"}}))
				}
				b.same("read", t.Body, map[int]string{1: "", 2: "Faster"}[tries])
				*t = told

				return true
			}))
			got, err := b.Template(ctx, app, "t/1")
			b.must(err)
			b.same("told", got, told)

			tries = 0
			b.must(b.ChangeTemplate(ctx, app, "t/1", store.SeenTemplate{}, func(t *store.Template) bool {
				if tries++; tries == 1 {
					faster := told
					faster.Footer = "Faster"
					b.must(b.PutTemplate(ctx, app, faster))
				}
				t.Status = "PAUSED"

				return true
			}))
			got, err = b.Template(ctx, app, "t/1")
			b.must(err)
			b.same("both changes", got.Status+" "+got.Footer, "PAUSED Faster")
			kept, err := b.TemplateCopy(ctx, app, "t/1", got.Fingerprint())
			b.must(err)
			b.same("copy of both changes", kept, got)

			seen, err := b.SeeTemplate(ctx, app, "t/1")
			b.must(err)
			other, err := b.SeeTemplate(ctx, app, "t/2")
			b.want(err, store.ErrNotFound)
			for id, was := range map[string]store.SeenTemplate{"t/1": seen, "t/2": other} {
				tries := 0
				write := func(t *store.Template) bool {
					tries++
					t.Footer += "!"

					return true
				}
				b.must(b.ChangeTemplate(ctx, app, id, was, write)) // nobody has written since
				b.same("tries of "+id, tries, 1)
				b.must(b.ChangeTemplate(ctx, app, id, was, write))
				b.same("tries of "+id+" by what was seen before", tries, 3)
				got, err = b.Template(ctx, app, id)
				b.must(err)
				b.same("footer of "+id, got.Footer, was.Footer+"!!")
			}
		},
	}
}

// filling has something in every place.
func filling() template.Filling {
	return template.Filling{
		Variables: []string{"city"},
		Media: template.Media{
			Link: template.Value{Variable: "invoice"}, ID: "1", Filename: "bill.pdf", Latitude: "18.52", Longitude: "73.85", Name: "Shop", Address: "Pune",
		},
		CopyCode: template.Value{Text: "SAVE10"},
		Payment: template.Payment{
			Part: template.OrderDetails, Reference: "shop_order_id", Description: template.Value{Text: "On its way"}, Goods: "digital-goods",
			Type: "upi", Configuration: "main", Settings: `[]`,
		},
	}
}
