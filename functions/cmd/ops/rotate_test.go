package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// nextKey is a credential that the provider takes beside the one that the app has.
const nextKey = "sk-next-0123456789-abcd"

// newRotation returns the commands on a product whose app the provider knows by another credential, too.
func newRotation(t *testing.T) (cmdRig, *rig.Rig) {
	t.Helper()

	p := rig.New(t, rig.Options{})
	p.Must(p.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, nextKey))

	return opsOn(t, p), p
}

// credential returns what the app's credential is for an instance that has cached nothing.
func (r cmdRig) credential() string {
	r.t.Helper()

	a, err := r.store.Account(r.t.Context(), rig.BrandID)
	if err != nil {
		r.t.Fatal(err)
	}

	name := a.Apps[rig.AppID].Secret
	r.secrets.Forget(name)

	value, err := r.secrets.Access(r.t.Context(), name)
	if err != nil {
		r.t.Fatal(err)
	}

	return value.Reveal()
}

// TestRotateSecret gives an app another credential: first it is only tried, then set. One that the provider refuses changes nothing.
func TestRotateSecret(t *testing.T) {
	t.Parallel()
	r, p := newRotation(t)
	former := r.credential()
	const app = "811/" + rig.AppID

	for _, args := range [][]string{{"rotate-secret", app}, {"rotate-secret", "-n", app}} {
		r.in = strings.NewReader("sk-of-a-stranger-0123")
		if said, err := r.run(args...); err == nil || strings.Contains(said+err.Error(), "stranger") || r.credential() != former {
			t.Errorf("%q with a wrong credential: got %q, %v", args, said, err)
		}
	}

	r.in = strings.NewReader(nextKey + "\n")
	said := r.mustRun("rotate-secret", "-n", app)
	if !strings.Contains(said, "the new credential works at gupshup: ") || r.credential() != former {
		t.Errorf("with -n: got %q", said)
	}

	r.in = strings.NewReader(nextKey + "\n")
	said = r.mustRun("rotate-secret", app)
	if !strings.Contains(said, "app 811/gupshup-neem has another credential; ") || !strings.Contains(said, "now end the former one at gupshup;") {
		t.Errorf("got %q", said)
	}
	if r.credential() != nextKey || strings.Contains(said, nextKey) {
		t.Errorf("the credential is %q after %q", r.credential(), said)
	}

	p.Must(p.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, nextKey+"2"))
	r.in = strings.NewReader(nextKey + "2")
	if said = r.mustRun("rotate-secret", app); !strings.Contains(said, ", which ends in abcd\n") {
		t.Errorf("once more: got %q", said)
	}

	for _, wrong := range []string{"811", "811/", "/x", "811/nowhere", "812/gupshup-neem", "platform/nowhere"} {
		r.in = strings.NewReader(nextKey)
		for _, verb := range []string{"rotate-secret", "rotate-webhook", "rotate-end"} {
			if _, err := r.run(verb, wrong); err == nil {
				t.Errorf("%s %s: got no error", verb, wrong)
			}
		}
	}
	for _, line := range [][]string{{"rotate-secret", app}, {"rotate-secret", "-signing", app}} { // Gupshup signs nothing
		r.in = strings.NewReader(map[bool]string{true: "a-secret-0123456789", false: ""}[len(line) == 3])
		if _, err := r.run(line...); err == nil {
			t.Errorf("%q: got no error", line)
		}
	}
}

// TestRotateWebhook gives an app's webhook another address, which the provider is told of; the former one goes on until it is ended.
func TestRotateWebhook(t *testing.T) {
	t.Parallel()
	r, p := newRotation(t)
	address := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(p.WebhookURL()) + `/gupshup/([A-Z2-7]+)$`)
	tokens := func() int {
		t.Helper()
		all, err := r.store.WebhookTokens(t.Context(), rig.AppID)
		p.Must(err)
		return len(all)
	}
	const app = "811/" + rig.AppID

	if _, err := r.run("rotate-end", app); err == nil || !strings.Contains(err.Error(), "nothing of the app was replaced") {
		t.Errorf("rotate-end before: got %v", err)
	}

	said := r.mustRun("rotate-webhook", "-n", app)
	if !strings.Contains(said, "app 811/gupshup-neem would get another address below ") || tokens() != 1 || address.MatchString(said) {
		t.Errorf("with -n: got %q", said)
	}

	said = r.mustRun("rotate-webhook", app)
	found := address.FindStringSubmatch(said)
	if len(found) != 2 || !strings.Contains(said, "gupshup reports to it from now on") || !strings.Contains(said, "rotate-end "+app+" ends it at once") || tokens() != 2 {
		t.Fatalf("got %q, with %d tokens; want the address shown and two", said, tokens())
	}
	if hook, err := r.store.WebhookByToken(t.Context(), found[1]); err != nil || hook.AppID != rig.AppID {
		t.Errorf("the address leads to %+v, %v", hook, err)
	}
	for _, note := range r.notes() {
		if strings.Contains(note.Result, found[1]) {
			t.Errorf("the note %+v has the address", note)
		}
	}

	if said = r.mustRun("rotate-end", "-n", app); !strings.Contains(said, "1 former address and 0 former secrets of callbacks would end") || tokens() != 2 {
		t.Errorf("with -n: got %q, and %d tokens", said, tokens())
	}
	if said = r.mustRun("rotate-end", app); !strings.Contains(said, "1 former address and 0 former secrets of callbacks ended") || tokens() != 1 {
		t.Errorf("got %q, and %d tokens", said, tokens())
	}
	if hook, err := r.store.WebhookByToken(t.Context(), found[1]); err != nil || hook.AppID != rig.AppID {
		t.Errorf("after the end the new address leads to %+v, %v", hook, err)
	}

	r.webhookURL = ""
	if _, err := r.run("rotate-webhook", app); err == nil || !strings.Contains(err.Error(), "WEBHOOK_URL") {
		t.Errorf("without an address: got %v", err)
	}
}

// TestRotateSigning replaces what an app's callbacks are signed with, and ends the former one at once.
func TestRotateSigning(t *testing.T) {
	t.Parallel()
	p := rig.New(t, rig.Options{Provider: meta.Name})
	r := opsOn(t, p)
	app := "811/" + p.Vendor.AppID()
	signing := func() []string {
		t.Helper()
		all, err := r.store.WebhookTokens(t.Context(), p.Vendor.AppID())
		p.Must(err)
		return all[0].Signing
	}
	before := signing()

	// The provider still signs with the one that it has.
	same, err := r.secrets.Access(t.Context(), before[0])
	p.Must(err)
	r.in = strings.NewReader(same.Reveal())

	said := r.mustRun("rotate-secret", "-signing", app)
	if !strings.Contains(said, "has another secret of its callbacks; ") || !strings.Contains(said, "rotate-end "+app) || len(signing()) != len(before)+1 {
		t.Fatalf("got %q, signed with %v", said, signing())
	}

	added := signing()[0]
	if said = r.mustRun("rotate-end", app); !strings.Contains(said, "former secret") || len(signing()) != 1 || signing()[0] != added {
		t.Errorf("got %q, signed with %v, want %q alone", said, signing(), added)
	}
}

// TestRotateAtThePlatformsApp replaces credential and address of an app of the platform's.
func TestRotateAtThePlatformsApp(t *testing.T) {
	t.Parallel()
	p := rig.New(t, rig.Options{Shared: true})
	p.Must(p.Sim.Gupshup().AddAPIKey(rig.GupshupAppID, nextKey))
	r := opsOn(t, p)
	a := p.Stored()
	_, err := r.store.SavePlatformApp(t.Context(), rig.AppID, store.Author{}, r.clock.Now(), func(to account.PlatformApp) (account.PlatformApp, error) {
		to.App, to.Templates = a.Apps[rig.AppID], map[string]account.Content{}
		return to, nil
	})
	p.Must(err)
	const app = "platform/" + rig.AppID

	if _, err = r.run("rotate-webhook", "811/"+rig.AppID); err == nil || !strings.Contains(err.Error(), "the app is the platform's") {
		t.Errorf("as a brand's: got %v", err)
	}

	r.in = strings.NewReader(nextKey)
	if said := r.mustRun("rotate-secret", "-n", app); !strings.Contains(said, "the new credential works at gupshup") {
		t.Errorf("with -n: got %q", said)
	}

	r.in = strings.NewReader(nextKey)
	r.mustRun("rotate-secret", app)
	if saved, err := r.store.PlatformApp(t.Context(), rig.AppID); err != nil || saved.App.Last4 != "abcd" {
		t.Errorf("the credential ends in %q, %v", saved.App.Last4, err)
	}

	if said := r.mustRun("rotate-webhook", app); !strings.Contains(said, "gupshup reports to it from now on") {
		t.Errorf("the address: got %q", said)
	}
	if said := r.mustRun("rotate-end", app); !strings.Contains(said, "1 former address and") {
		t.Errorf("the end: got %q", said)
	}
}

// TestASecretThatWeMadeIsReplaced gives callbacks of Kaleyra's, whose secret we made and the provider sends, another one. The former one is ended.
func TestASecretThatWeMadeIsReplaced(t *testing.T) {
	t.Parallel()
	p := rig.New(t, rig.Options{Provider: "kaleyra"})
	r := opsOn(t, p)
	a, err := r.store.Account(t.Context(), rig.BrandID)
	p.Must(err)
	app := "811/" + a.Sender
	signing := func() []string {
		t.Helper()
		hook, missing := r.store.WebhookOfApp(t.Context(), rig.BrandID, a.Sender)
		p.Must(missing)
		return hook.Signing
	}
	former := signing()

	r.in = strings.NewReader("another-callback-secret")
	if said := r.mustRun("rotate-secret", "-signing", app); !strings.Contains(said, "have kaleyra go by the new one until then") {
		t.Errorf("got %q", said)
	}
	if now := signing(); len(now) != len(former)+1 {
		t.Fatalf("signed with %v, want one more than %v", now, former)
	}
	r.mustRun("rotate-end", app)
	value, err := r.secrets.Access(t.Context(), signing()[0])
	if now := signing(); err != nil || len(now) != 1 || value.Reveal() != "another-callback-secret" {
		t.Errorf("signed with %v, %v, want the new one alone", now, err)
	}
}
