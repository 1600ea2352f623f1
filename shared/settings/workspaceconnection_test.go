package settings_test

import (
	"context"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

func TestWorkspaceConnects(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	a := account.Account{ID: neem, Apps: map[string]account.App{
		"own":    {Provider: gupshup.Name, Ownership: message.Client, Number: "919000000100", Secret: "app-own"},
		"bare":   {Provider: gupshup.Name, Ownership: message.Client, Secret: "app-bare"},
		"orphan": {Provider: "carrier-pigeon"},
	}}
	o.secret("app-own", "key-of-the-test")

	c, err := o.Connect(t.Context(), a, "own")
	o.must(err)
	if c.Provider.Name() != gupshup.Name || c.App.ID != "own" || c.App.Number != "919000000100" || c.App.Secret.Reveal() != "key-of-the-test" {
		t.Errorf("got %+v", c)
	}
	o.secret("app-own", "rotated")
	if c, err = o.Connect(t.Context(), a, "own"); err != nil || c.App.Secret.Reveal() != "rotated" {
		t.Errorf("after a rotation: %v", err)
	}
	for app, kind := range map[string]fault.Kind{"none": fault.NotFound, "": fault.NotFound, "bare": fault.Conflict, "orphan": fault.Internal} {
		_, err = o.Connect(t.Context(), a, app)
		o.refused(err, kind, "")
	}
}

// secret adds a version of a secret behind the workspace's back.
func (o *office) secret(name, value string) {
	o.t.Helper()
	_, err := o.others.Add(context.WithoutCancel(o.t.Context()), name, config.NewSecret(value))
	o.must(err)
}
