package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// onboard makes what a brand begins with from one file: its account, its apps, which of them sends, and the events that shoppers are told of. It
// is what the workspace API does, by the same use cases. What is there already stays, so that it can be repeated after it was cut off, or after
// the file was changed: events that the file does not name are left alone. Addresses of webhooks are shown once.
func (o ops) onboard(ctx context.Context, file string, dry bool) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}

	var c checks

	b, err := readBrand(text, &c)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}

	known, err := o.store.Account(ctx, b.account.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) && b.account.ID != "" {
		return err
	}

	c.addAt("account.", o.workspace().CheckAccount(operator, b.account.ID, b.account.input(known)))

	if err = o.findSecrets(ctx, &b, &c); err != nil {
		return err
	}
	if err = errors.Join(c.problems...); err != nil {
		return fmt.Errorf("%s:\n%w", file, err)
	}

	apps, err := o.propose(ctx, b)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}

	if dry {
		return o.plan(ctx, b, known, apps)
	}
	if err = o.begin(ctx, b.account.ID); err != nil {
		return err
	}

	return o.carry(ctx, b, known, apps)
}

// findSecrets fills in the secrets of a file from where it says that they are.
func (o ops) findSecrets(ctx context.Context, b *brandFile, c *checks) error {
	lines := bufio.NewReader(o.in)
	access := func(name string) (config.Secret, error) { return o.secrets.Access(ctx, name) }

	if len(c.problems) > 0 {
		return nil // a wrong file asks nobody for a secret
	}

	for i := range b.apps {
		a := &b.apps[i]

		for _, one := range []struct {
			field string
			from  source
			to    *config.Secret
		}{{"credential", a.credential, &a.input.Credential}, {"signingSecret", a.signing, &a.input.Signing}} {
			value, err := o.secretFrom(one.from, lines, access)
			if err != nil {
				return fmt.Errorf("%s.%s, %s: %w", a.at, one.field, one.from, err)
			}

			*one.to = value
		}
	}

	return nil
}

// propose asks the providers about the apps that are not installed yet.
func (o ops) propose(ctx context.Context, b brandFile) ([]settings.ProposedApp, error) {
	all := make([]settings.ProposedApp, len(b.apps))

	for i, a := range b.apps {
		one, err := o.workspace().ProposeApp(ctx, operator, b.account.ID, a.input)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.at, err)
		}

		if !one.Installed && o.webhookURL == "" {
			return nil, errWebhookURL // before anything is made
		}

		all[i] = one
	}

	return all, nil
}

// sayFindings prints what is wrong with templates.
func (o ops) sayFindings(findings []settings.EventFinding) {
	for _, f := range findings {
		o.say("  %s %s: %s %s", f.Severity, f.Event, f.Message, f.Remedy)
	}
}

// carry does what a file says.
func (o ops) carry(ctx context.Context, b brandFile, known account.Account, apps []settings.ProposedApp) error {
	seen := settings.Seen{Version: known.Version, Named: known.ID != ""}

	now, created, err := o.workspace().PutAccount(ctx, operator, b.account.ID, b.account.input(known), seen)
	if err != nil {
		return fmt.Errorf("account %s: %w", b.account.ID, err)
	}

	what := "is as the file has it"
	if created {
		what = "is made"
	}

	o.say("account %s (%s) %s", now.ID, now.Slug, what)

	for i, a := range b.apps {
		if err = o.carryApp(ctx, now.ID, a, apps[i]); err != nil {
			return fmt.Errorf("account %s, %s: %w", now.ID, a.at, err)
		}
	}

	after, err := o.workspace().Account(ctx, operator, now.ID)
	if err != nil {
		return err
	}

	o.did("account %s is at version %d of its settings, with %s", after.ID, after.Version, count(len(after.Apps), "app"))

	return nil
}

// seenNow returns the version of an account's settings that is stored now: each step of an onboarding is based on the one before it.
func (o ops) seenNow(ctx context.Context, accountID string) (account.Account, settings.Seen, error) {
	a, err := o.workspace().Account(ctx, operator, accountID)
	return a, settings.Seen{Version: a.Version, Named: true}, err
}

// carryApp installs an app, unless it is installed, and does what the file says of it.
func (o ops) carryApp(ctx context.Context, accountID string, a brandApp, app settings.ProposedApp) error {
	if err := o.install(ctx, accountID, a, app); err != nil {
		return err
	}

	now, seen, err := o.seenNow(ctx, accountID)
	if err != nil {
		return err
	}

	if a.sender && (now.Sender != app.ID || !now.SenderChosen) {
		if _, err = o.workspace().PutSender(ctx, operator, accountID, app.ID, seen); err != nil {
			return err
		}

		o.say("app %s is the sender", app.ID)
	}

	for _, e := range a.events {
		if _, seen, err = o.seenNow(ctx, accountID); err != nil {
			return err
		}

		_, _, findings, err := o.workspace().PutNotification(ctx, operator, accountID, app.ID, e.kind, e.input, seen)
		if unfit, ok := errors.AsType[*settings.UnfitError](err); ok {
			findings = unfit.Findings
		}

		o.sayFindings(findings)

		if err != nil {
			return fmt.Errorf("event %s: %w", e.kind, err)
		}

		o.say("event %s is on", e.kind)
	}

	return nil
}

// install installs an app, and shows the address of its webhook.
func (o ops) install(ctx context.Context, accountID string, a brandApp, app settings.ProposedApp) error {
	if app.Installed {
		o.say("app %s is installed; rotate-webhook %s/%s gives it another address", app.ID, accountID, app.ID)
		return nil
	}
	if o.webhookURL == "" {
		return errWebhookURL
	}

	_, seen, err := o.seenNow(ctx, accountID)
	if err != nil {
		return err
	}

	done, err := o.workspace().InstallApp(ctx, operator, accountID, a.input, seen)
	if err != nil {
		return err
	}

	o.say("app %s is installed", done.ID)

	if done.Webhook != nil {
		o.say("  its webhook's address, shown this once: %s (%s)", done.Webhook.URL, told(a.input.Provider, *done.Webhook))
	}

	for _, step := range done.Steps {
		o.say("  to do: %s", step)
	}

	return nil
}
