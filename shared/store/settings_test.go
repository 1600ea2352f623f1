package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// whole is an account with every setting.
func whole(id string) account.Account {
	return account.Account{
		ID: id, Slug: strings.ToLower("neem-" + id), Name: "Neem House", TimeZone: "Asia/Kolkata", ConsentMode: account.BrandDeclared,
		Declaration: &account.Declaration{By: "Asha", At: at, Text: "our checkout asks"},
		PortalLink:  "https://neem.example.com", MarkupBasisPoints: 250, Sender: "a", SenderChosen: true, MaxAge: time.Hour,
		Apps:    map[string]account.App{"a": {Provider: "meta", Health: account.Health{Reason: message.CauseBlocked, Since: at, RetryAt: at}}},
		Choices: map[string]map[string]account.Choice{"a": {"shipment/delivered": {Enabled: true, TemplateID: "t"}}},
		Events:  map[string]account.Event{"shipment/delivered": {Enabled: true, TemplateID: "t", Health: account.Health{Reason: account.TemplateHeld, Since: at}}},
	}
}

// save saves an account as it becomes of the one that is stored.
func (b *bench) save(id, action string, change func(*account.Account)) (account.Account, error) {
	return b.SaveSettings(b.t.Context(), id, func(now account.Account) (store.Version, error) {
		after := now
		change(&after)
		return store.Version{At: at, By: store.Author{Subject: "u-1", Name: "Asha"}, Action: action, Changes: after.ChangesSince(now), Settings: after}, nil
	})
}

func versionSuite() map[string]func(*bench) {
	return map[string]func(*bench){
		"settings saved": func(b *bench) {
			ctx, id := b.t.Context(), b.name("1")
			made, err := b.save(id, "account.put", func(a *account.Account) { *a = whole(id) })
			b.must(err)
			want := whole(id)
			want.Version = 1
			b.same("answer", made, want)
			got, err := b.Account(ctx, id)
			b.must(err)
			b.same("account", got, want)

			_, err = b.save(id, "account.put", func(a *account.Account) { a.Name = "Neem" })
			b.must(err)
			v, err := b.Version(ctx, id, 2)
			b.must(err)
			v.Nonce = "" // a new one each time
			want.Version, want.Name = 2, "Neem"
			want.Apps = map[string]account.App{"a": {Provider: "meta"}}
			want.Events = map[string]account.Event{"shipment/delivered": {Enabled: true, TemplateID: "t"}}
			b.same("version", v, store.Version{
				Number: 2, At: at, By: store.Author{Subject: "u-1", Name: "Asha"}, Action: "account.put",
				Changes: []account.Change{{Path: "name", Before: "Neem House", After: "Neem"}}, Settings: want,
			})
			_, err = b.Version(ctx, id, 3)
			b.want(err, store.ErrNotFound)

			refusal := errors.New("stale")
			_, err = b.SaveSettings(ctx, id, func(account.Account) (store.Version, error) { return store.Version{}, refusal })
			b.want(err, refusal)
			got, err = b.Account(ctx, id)
			b.must(err)
			b.same("version after a refusal", got.Version, int64(2))
		},
		"versions listed": func(b *bench) {
			id := b.name("1")
			for n := range 12 {
				_, err := b.save(id, "account.put", func(a *account.Account) { a.Name = fmt.Sprint(n) })
				b.must(err)
			}
			listed := func(before int64, limit int) string {
				all, err := b.Versions(b.t.Context(), id, before, limit)
				b.must(err)
				var numbers []string
				for _, v := range all {
					b.same("settings", v.Settings, account.Account{})
					numbers = append(numbers, fmt.Sprintf("%d:%s", v.Number, v.Changes[0].After))
				}
				return strings.Join(numbers, " ")
			}
			b.same("first page", listed(0, 3), "12:11 11:10 10:9")
			b.same("next page", listed(10, 2), "9:8 8:7")
			b.same("last page", listed(3, 5), "2:1 1:0")
			b.same("after the last", listed(1, 5), "")
		},
		"settings of an account that was replaced": func(b *bench) {
			id := b.name("1")
			for range 2 {
				_, err := b.save(id, "account.put", func(a *account.Account) { a.Name += "x" })
				b.must(err)
			}
			b.must(b.PutAccount(b.t.Context(), account.Account{ID: id, Name: "afresh"}))
			a, err := b.save(id, "account.put", func(a *account.Account) { a.Name += "x" })
			b.must(err)
			b.same("version", a.Version, int64(3))
		},
		"settings and health at once": settingsAndHealth,
		"an account made twice at once": func(b *bench) {
			id, meanwhile := b.name("1"), true
			a, err := b.save(id, "second", func(a *account.Account) {
				if meanwhile {
					meanwhile = false
					_, err := b.save(id, "first", func(a *account.Account) { a.Name = "first" })
					b.must(err)
				}
				a.Name += " and second"
			})
			b.must(err)
			b.same("name", a.Name, "first and second")
			b.same("version", a.Version, int64(2))
		},
		"a slug claimed by two at once": slugsAtOnce,
		"a slug that moves":             slugMoves,
		"slugs from before claims":      slugsWithoutClaims,
		"settings that never rest": func(b *bench) {
			id := b.name("1")
			b.must(b.PutAccount(b.t.Context(), whole(id)))
			tries := 0
			_, err := b.save(id, "account.put", func(*account.Account) {
				tries++
				other := whole(id)
				other.Name = fmt.Sprint(tries)
				b.must(b.PutAccount(b.t.Context(), other))
			})
			b.want(err, store.ErrConflict)
			all, err := b.Versions(b.t.Context(), id, 0, 5)
			b.must(err)
			b.same("versions", len(all), 0)
		},
		"tests counted": testsCounted,
		"rate cards": func(b *bench) {
			ctx := b.t.Context()
			c := store.RateCard{Card: billing.India(), PutBy: store.Author{Subject: "u-1", Name: "Ira"}, PutAt: time.Unix(1_800_000_000, 0).UTC()}
			c.Version = "card-" + b.name("1")
			b.must(b.CreateRateCard(ctx, c))
			b.want(b.CreateRateCard(ctx, c), store.ErrExists)
			c.Comment = "corrected"
			b.must(b.ReplaceRateCard(ctx, c))
			all, err := b.RateCards(ctx)
			b.must(err)
			for _, got := range all {
				if got.Version == c.Version {
					b.same("card", got, c)
					return
				}
			}
			b.t.Error("the card is not listed")
		},
	}
}

// testsCounted counts tests of many at once: never more than may be, and on another day from the beginning.
func testsCounted(b *bench) {
	ctx, id, most := b.t.Context(), b.name("1"), 5
	var (
		wg    sync.WaitGroup
		taken = make(chan bool, 12)
	)
	for range cap(taken) {
		wg.Go(func() {
			within, err := b.TakeTest(ctx, id, at, most)
			if err != nil && !errors.Is(err, store.ErrConflict) {
				b.t.Error(err)
			}
			taken <- within
		})
	}
	wg.Wait()
	close(taken)
	got := 0
	for within := range taken {
		if within {
			got++
		}
	}
	for got < most {
		within, err := b.TakeTest(ctx, id, at, most)
		b.must(err)
		b.same("within", within, true)
		got++
	}
	b.same("taken", got, most)
	within, err := b.TakeTest(ctx, id, at, most)
	b.must(err)
	b.same("one more", within, false)
	within, err = b.TakeTest(ctx, id, at.Add(24*time.Hour), most)
	b.must(err)
	b.same("on the next day", within, true)
}

// slugsAtOnce has two accounts take one slug at the same time, at each interleaving of their writes: one gets it.
func slugsAtOnce(b *bench) {
	slug := strings.ToLower(b.name("slug"))
	take := func(id string, meanwhile func()) error {
		_, err := b.save(id, "account.put", func(a *account.Account) { meanwhile(); a.Slug = slug })
		return err
	}
	one, two := b.name("1"), b.name("2")
	first := true
	err := take(one, func() {
		if first {
			first = false
			b.must(take(two, func() {}))
		}
	})
	b.want(err, store.ErrSlugTaken)
	_, err = b.Account(b.t.Context(), one)
	b.want(err, store.ErrNotFound)
	got, err := b.AccountIDBySlug(b.t.Context(), strings.ToUpper(slug))
	b.must(err)
	b.same("owner", got, two)

	slug = strings.ToLower(b.name("another"))
	var (
		wg  sync.WaitGroup
		won = make(chan string, 8)
	)
	for n := range cap(won) {
		wg.Go(func() {
			id := b.name(fmt.Sprint("3", n))
			switch lost := take(id, func() {}); {
			case lost == nil:
				won <- id
			case !errors.Is(lost, store.ErrSlugTaken):
				b.t.Errorf("%s: %v", id, lost)
			}
		})
	}
	wg.Wait()
	close(won)
	winner := <-won
	got, err = b.AccountIDBySlug(b.t.Context(), slug)
	b.must(err)
	b.same("winner", got, winner)
	b.same("winners", len(won)+1, 1)
}

// slugMoves gives an account another slug: the former one is free then, and only then.
func slugMoves(b *bench) {
	one, two := b.name("1"), b.name("2")
	old, next := strings.ToLower(b.name("old")), strings.ToLower(b.name("next"))
	save := func(id, slug string) error {
		_, err := b.save(id, "account.put", func(a *account.Account) { a.Slug, a.Name = slug, a.Name+"x" })
		return err
	}
	b.must(save(one, old))
	b.must(save(one, old))
	b.want(save(two, old), store.ErrSlugTaken)
	b.must(save(one, next))
	_, err := b.AccountIDBySlug(b.t.Context(), old)
	b.want(err, store.ErrNotFound)
	b.must(save(two, old))
	b.want(save(one, old), store.ErrSlugTaken)
	for slug, want := range map[string]string{old: two, next: one} {
		got, err := b.AccountIDBySlug(b.t.Context(), slug)
		b.must(err)
		b.same(slug, got, want)
	}
}

// slugsWithoutClaims holds that an account that was saved last before there were claims is found, loses its slug to no other, and claims it
// when it is saved. Two that have one slug from then keep it, and go on being saved.
func slugsWithoutClaims(b *bench) {
	ctx := b.t.Context()
	slug, twice := strings.ToLower(b.name("slug")), strings.ToLower(b.name("twice"))
	old, other := b.name("1"), b.name("2")
	b.must(b.PutAccount(ctx, account.Account{ID: old, Slug: slug}))
	found := func(slug, want string) {
		b.t.Helper()
		got, err := b.AccountIDBySlug(ctx, slug)
		b.must(err)
		b.same("owner of "+slug, got, want)
	}
	save := func(id, slug string) error {
		_, err := b.save(id, "account.put", func(a *account.Account) { a.Slug, a.Name = slug, a.Name+"x" })
		return err
	}
	found(slug, old)
	b.want(save(other, slug), store.ErrSlugTaken)
	b.must(save(old, slug))
	b.must(b.PutAccount(ctx, account.Account{ID: other, Slug: slug})) // as a build from before claims could
	found(slug, old)

	a, z := b.name("3"), b.name("4")
	for _, id := range []string{a, z} {
		b.must(b.PutAccount(ctx, account.Account{ID: id, Slug: twice}))
	}
	b.must(save(z, twice))
	b.must(save(a, twice))
	b.want(save(other, twice), store.ErrSlugTaken)
	b.must(save(a, twice+"-a"))
	b.must(save(z, twice))
	b.want(save(a, twice), store.ErrSlugTaken)
	found(twice, z)
}

// settingsAndHealth has a mark of health come in the midst of a change of settings, and the reverse: neither is lost.
func settingsAndHealth(b *bench) {
	ctx, id := b.t.Context(), b.name("1")
	a := whole(id)
	a.Apps = map[string]account.App{"a": {Provider: "meta"}}
	b.must(b.PutAccount(ctx, a))
	rename := func(name string) {
		_, err := b.save(id, "account.put", func(a *account.Account) { a.Name = name })
		b.must(err)
	}
	block := func(c *account.Condition) bool { return c.BlockApp("a", at, at, time.Minute) }

	tries := 0
	_, err := b.save(id, "account.put", func(a *account.Account) {
		if tries++; tries == 1 {
			b.must(b.ChangeCondition(ctx, id, block))
		}
		a.Name = "during the mark"
	})
	b.must(err)
	got, err := b.Account(ctx, id)
	b.must(err)
	if got.Name != "during the mark" || got.Apps["a"].Health.Reason != message.CauseBlocked || tries != 2 {
		b.t.Errorf("got %s, %+v after %d tries", got.Name, got.Apps["a"].Health, tries)
	}
	needing, err := b.AccountsNeedingAttention(ctx, "", 1000)
	b.must(err)
	found := false
	for _, a := range needing {
		found = found || a.ID == id
	}
	b.same("needs attention", found, true)

	tries = 0
	b.must(b.ChangeCondition(ctx, id, func(c *account.Condition) bool {
		if tries++; tries == 1 {
			rename("before the mark")
		}
		return c.RestoreApp("a", at.Add(time.Hour))
	}))
	got, err = b.Account(ctx, id)
	b.must(err)
	if got.Name != "before the mark" || !got.Apps["a"].Health.Healthy() || tries != 2 {
		b.t.Errorf("got %s, %+v after %d tries", got.Name, got.Apps["a"].Health, tries)
	}
}

// TestSettingsAndHealthTogether has several writers of both sorts at once: every change of a writer that reported success is there.
func TestSettingsAndHealthTogether(t *testing.T) {
	t.Parallel()
	db, _ := storeAndClient(t)
	b := &bench{Store: db, t: t, run: "together"}
	a := whole(b.name("1"))
	a.Apps = map[string]account.App{}
	for n := range 4 {
		a.Apps[fmt.Sprint(n)] = account.App{Provider: "meta"}
	}
	if err := db.PutAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	var (
		group sync.WaitGroup
		saved [4]bool
		noted [4]bool
	)
	for n := range 4 {
		group.Go(func() {
			_, err := b.save(a.ID, "account.put", func(a *account.Account) { a.Name += fmt.Sprint(n) })
			saved[n] = err == nil
		})
		group.Go(func() {
			err := db.ChangeCondition(t.Context(), a.ID, func(c *account.Condition) bool { return c.BlockApp(fmt.Sprint(n), at, at, 0) })
			noted[n] = err == nil
		})
	}
	group.Wait()
	got, err := db.Account(t.Context(), a.ID)
	if err != nil {
		t.Fatal(err)
	}
	versions := 0
	for n := range 4 {
		if saved[n] {
			versions++
		}
		if strings.Contains(got.Name, fmt.Sprint(n)) != saved[n] {
			t.Errorf("%d: name %q, saved %t", n, got.Name, saved[n])
		}
		if got.Apps[fmt.Sprint(n)].Health.Healthy() == noted[n] {
			t.Errorf("%d: health %+v, noted %t", n, got.Apps[fmt.Sprint(n)].Health, noted[n])
		}
	}
	if got.Version != int64(versions) {
		t.Errorf("got version %d after %d saves", got.Version, versions)
	}
}

// TestSettingsAreReplaced holds that a change writes every field of an account's document, those that become empty too: it is as that of
// an account which is new.
func TestSettingsAreReplaced(t *testing.T) {
	t.Parallel()
	db, raw := storeAndClient(t)
	b := &bench{Store: db, t: t}
	document := func(id string) map[string]any {
		snap, err := raw.Collection("accounts").Doc(id).Get(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return snap.Data()
	}
	put := func(id string, to account.Account) {
		if to.Slug != "" {
			to.Slug += id // no two have one
		}
		if _, err := b.save(id, "put", func(a *account.Account) { *a = to }); err != nil {
			t.Fatal(err)
		}
	}
	fresh := map[string]account.Account{"901": whole(""), "902": {}}
	for id, a := range fresh {
		put(id, a)
	}
	for _, id := range []string{"901", "902", "901"} {
		put("811", fresh[id])
		ignored := cmpopts.IgnoreMapEntries(func(k string, v any) bool { return k == "version" || k == "slug" && v != "" })
		if diff := cmp.Diff(document(id), document("811"), ignored); diff != "" {
			t.Errorf("as %s (-new +changed):\n%s", id, diff)
		}
	}
}

// TestStoredVersion freezes the fields that a change is stored in.
func TestStoredVersion(t *testing.T) {
	t.Parallel()
	db, raw := storeAndClient(t)
	b := &bench{Store: db, t: t}
	if _, err := b.save("811", "account.put", func(a *account.Account) { *a = whole("811") }); err != nil {
		t.Fatal(err)
	}
	snap, err := raw.Collection("accounts").Doc("811").Collection("versions").Doc("1").Get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	doc := snap.Data()
	settings, _ := doc["settings"].(map[string]any)
	delete(doc, "changes")
	delete(doc, "settings")
	if doc["nonce"] == "" {
		t.Error("the version has no nonce")
	}
	delete(doc, "nonce")
	want := map[string]any{"version": int64(1), "at": at, "by": map[string]any{"subject": "u-1", "name": "Asha"}, "action": "account.put"}
	if diff := cmp.Diff(want, doc); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	for path, want := range map[string]any{
		"version": int64(1), "timeZone": "Asia/Kolkata", "portalLink": "https://neem.example.com", "markupBasisPoints": int64(250),
		"declaration": map[string]any{"by": "Asha", "at": at, "text": "our checkout asks"},
		"events":      map[string]any{"shipment/delivered": map[string]any{"enabled": true, "template": "t", "filling": map[string]any{}}},
	} {
		if diff := cmp.Diff(want, settings[path]); diff != "" {
			t.Errorf("settings.%s (-want +got):\n%s", path, diff)
		}
	}
	change := snap.Data()["changes"].([]any)[0]
	if diff := cmp.Diff(map[string]any{"path": "apps.a.provider", "before": nil, "after": "meta"}, change); diff != "" {
		t.Errorf("change (-want +got):\n%s", diff)
	}
}
