package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

var (
	errRotates    = errors.New("name an account and an app of it, such as 811/gupshup-abcdefghijkl; platform/APP for an app of the platform's")
	errWebhookURL = errors.New("set WEBHOOK_URL to webhook's public address, which terraform output webhook_url prints")
	errNothing    = errors.New("nothing of the app was replaced that is still taken")
)

// ofPlatform stands for the platform in the place of an account.
const ofPlatform = "platform"

// rotated is an app whose secrets are replaced.
type rotated struct {
	// accountID is empty for an app of the platform's.
	accountID, appID string
	app              account.App
	// seen is the version of the settings that the app is in.
	seen settings.Seen
}

// rotated reads the app that a subject names.
func (o ops) rotated(ctx context.Context, subject string) (rotated, error) {
	accountID, appID, ok := strings.Cut(subject, "/")
	if !ok || accountID == "" || appID == "" {
		return rotated{}, errRotates
	}

	if accountID == ofPlatform {
		p, err := o.workspace().PlatformApp(ctx, operator, appID)
		return rotated{"", appID, p.App, settings.Seen{Version: p.Version, Named: true}}, err
	}

	d, err := o.workspace().App(ctx, operator, accountID, appID)

	return rotated{accountID, appID, d.App, settings.Seen{Version: d.Version, Named: true}}, err
}

// signingFlag declares -signing.
func signingFlag(f *flag.FlagSet, c *command) {
	f.BoolVar(&c.signing, "signing", false, "replace what callbacks are signed with, and not the credential")
}

// rotateSecret gives an app the credential that it reads from the standard input, or with -signing the secret that its callbacks are signed with.
// It is tried at the provider first.
func (o ops) rotateSecret(ctx context.Context, subject string, dry bool) error {
	r, err := o.rotated(ctx, subject)
	if err != nil {
		return fmt.Errorf("app %s: %w", subject, err)
	}

	value, err := readSecret(o.in)
	if err != nil {
		return err
	}

	in, what := settings.CredentialInput{Credential: value}, "credential"
	if o.signing {
		in, what = settings.CredentialInput{Signing: value}, "secret of its callbacks"
	}

	if !o.signing && r.app.Last4 != "" {
		o.say("app %s has a credential since %s, which ends in %s", subject, utc(r.app.CredentialAt), r.app.Last4)
	}

	said, err := o.workspace().CheckCredential(ctx, operator, r.accountID, r.appID, in)
	if err != nil {
		return fmt.Errorf("the new %s: %w", what, err)
	}

	o.say("the new %s works at %s: %s", what, r.app.Provider, said.State)

	if dry {
		return nil
	}
	if err = o.begin(ctx, subject); err != nil {
		return err
	}

	if r.accountID == "" {
		_, err = o.workspace().RotatePlatformCredential(ctx, operator, r.appID, in, r.seen)
	} else {
		_, err = o.workspace().RotateCredential(ctx, operator, r.accountID, r.appID, in, r.seen)
	}
	if err != nil {
		return fmt.Errorf("app %s: %w", subject, err)
	}

	o.did("app %s has another %s; every instance goes by it within 30 seconds", subject, what)

	if o.signing {
		o.say("the former one is taken for a day more: have %s go by the new one until then; rotate-end %s ends it at once", r.app.Provider, subject)
	} else {
		o.say("now end the former one at %s; here it is destroyed within two hours", r.app.Provider)
	}

	return nil
}

// rotateWebhook gives the webhook of an app another address, and has the provider told of it where it can be told.
func (o ops) rotateWebhook(ctx context.Context, subject string, dry bool) error {
	r, err := o.rotated(ctx, subject)
	if err != nil {
		return fmt.Errorf("app %s: %w", subject, err)
	}
	if o.webhookURL == "" {
		return errWebhookURL
	}

	tokens, err := o.webhookTokens(ctx, r.appID)
	if err != nil {
		return err
	}

	for _, t := range tokens {
		o.say("address %s/%s, added at %s, is taken", r.appID, t.ID, utc(t.AddedAt))
	}

	if dry {
		o.say("app %s would get another address below %s/%s, and %s would be told of it, if it can be", subject, o.webhookURL, r.app.Provider, r.app.Provider)
		return nil
	}
	if err = o.begin(ctx, subject); err != nil {
		return err
	}

	hook, steps, err := o.readdress(ctx, r)
	if err != nil {
		return fmt.Errorf("app %s: %w", subject, err)
	}

	o.say("%s", hook.URL)
	o.did("app %s has another address, shown this once; %s", subject, told(r.app.Provider, hook))

	for _, step := range steps {
		o.say("to do: %s", step)
	}

	if !hook.OldUntil.IsZero() {
		o.say("the former one is taken until %s; rotate-end %s ends it at once", hook.OldUntil.UTC().Format(time.RFC3339), subject)
	}

	return nil
}

// readdress gives the webhook of an app another address.
func (o ops) readdress(ctx context.Context, r rotated) (settings.Webhook, []string, error) {
	var (
		hook  *settings.Webhook
		steps []string
	)

	if r.accountID == "" {
		saved, err := o.workspace().RotatePlatformWebhook(ctx, operator, r.appID, r.seen)
		if err != nil {
			return settings.Webhook{}, nil, err
		}

		hook, steps = saved.Webhook, saved.Steps
	} else {
		saved, err := o.workspace().RotateWebhook(ctx, operator, r.accountID, r.appID, r.seen)
		if err != nil {
			return settings.Webhook{}, nil, err
		}

		hook, steps = saved.Webhook, saved.Steps
	}

	return *hook, steps, nil
}

// told says whether the provider knows an address.
func told(provider string, hook settings.Webhook) string {
	if hook.Subscribed {
		return provider + " reports to it from now on"
	}

	return provider + " has to be told by hand"
}

// endRotated ends at once what was replaced of an app's callbacks.
func (o ops) endRotated(ctx context.Context, subject string, dry bool) error {
	r, err := o.rotated(ctx, subject)
	if err != nil {
		return fmt.Errorf("app %s: %w", subject, err)
	}

	found, err := o.workspace().RetireReplaced(ctx, operator, r.accountID, r.appID, true)
	if err != nil {
		return err
	}
	if len(found.Tokens)+len(found.Secrets) == 0 {
		return errors.Join(fmt.Errorf("app %s: %w", subject, errNothing), o.sayLeft(ctx, r))
	}

	what := fmt.Sprintf("%s and %s", count(len(found.Tokens), "former address"), count(len(found.Secrets), "former secret"))

	if dry {
		o.say("app %s: %s of callbacks would end; make sure that the provider has the new ones", subject, what)
		return nil
	}
	if err = o.begin(ctx, subject); err != nil {
		return err
	}
	if _, err = o.workspace().RetireReplaced(ctx, operator, r.accountID, r.appID, false); err != nil {
		return err
	}

	o.did("app %s: %s of callbacks ended; webhook knows them for SETTINGS_TTL more, 30s at most", subject, what)

	return o.sayLeft(ctx, r)
}

// sayLeft lists the addresses that an app's webhook is still taken at: those of a former connection, or that were added by hand, are not ended by
// a rotation.
func (o ops) sayLeft(ctx context.Context, r rotated) error {
	tokens, err := o.webhookTokens(ctx, r.appID)
	if err != nil {
		return err
	}

	for _, t := range tokens {
		o.say("address %s/%s, added at %s, is taken", r.appID, t.ID, utc(t.AddedAt))
	}

	if len(tokens) > 1 {
		o.say("webhook-end APP/TOKEN ends one of them that the provider does not use")
	}

	return nil
}
