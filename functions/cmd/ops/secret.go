package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxSecret is the most bytes of a secret's value, which is Secret Manager's limit.
const maxSecret = 64 << 10

var secretForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// errAppSecret refuses the credentials that workspace writes.
var errAppSecret = errors.New("it is an app's own credential, of which the app names a version: rotate-secret ACCOUNT/APP, or the workspace API, replaces it")

// errOwnKey refuses the product's own keys, of which ops keys makes the first and only value.
var errOwnKey = errors.New("it is a key of the product's own, which ops keys makes, and must never change: what it names would not be known any more")

// secret writes a new version of a secret. The value comes by the standard input, so that it is in no shell's history and in no list
// of processes, and is never printed. Line breaks at its end are no part of it.
func (o ops) secret(ctx context.Context, name string, dry bool) error {
	if !secretForm.MatchString(name) {
		return errors.New("a secret's name has letters, digits, _ and -, at most 255") // the name is not repeated: it may be the value
	}

	if settings.NamedByVersion(name) {
		return fmt.Errorf("secret %s: %w", name, errAppSecret)
	}

	if slices.Contains(o.own.Names(), name) {
		return fmt.Errorf("secret %s: %w", name, errOwnKey)
	}

	if err := o.isRead(ctx, name); err != nil {
		return err
	}

	if dry {
		o.say("secret %s would get a new version of what the standard input has", name)
		return nil
	}

	value, err := readSecret(o.in)
	if err != nil {
		return err
	}

	if err = o.begin(ctx, name); err != nil {
		return err
	}

	version, err := o.secrets.Add(ctx, name, value)
	if err != nil {
		return fmt.Errorf("secret %s: %w", name, err)
	}

	o.did("secret %s has version %s; functions that have cached another one go on with it for 5 minutes", name, version)

	return nil
}

// errUnread refuses what an app's callbacks are signed with under a name that no app has.
var errUnread = errors.New("no webhook goes by it: rotate-secret -signing ACCOUNT/APP replaces what an app's callbacks are signed with; -f writes it all the same")

// isRead returns an error for a secret of callbacks that no webhook names. Any other name that is no app's may be that of a file of onboard.
func (o ops) isRead(ctx context.Context, name string) error {
	parts := signingForm.FindStringSubmatch(name)
	if parts == nil || o.force {
		return nil
	}

	tokens, err := o.store.WebhookTokens(ctx, parts[1])
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tokens, func(t store.WebhookToken) bool { return slices.Contains(t.Signing, name) }) {
		return fmt.Errorf("secret %s: %w", name, errUnread)
	}

	return nil
}

// signingForm is the name of a secret of callbacks, with the app's id in it.
var signingForm = regexp.MustCompile(`^app-(.*?)(?:-[a-z2-7]{8})?-signing$`)

// readSecret reads a secret's value. Line breaks at its end are no part of it.
func readSecret(in io.Reader) (config.Secret, error) {
	text, err := io.ReadAll(io.LimitReader(in, maxSecret+1))
	if err != nil {
		return config.Secret{}, fmt.Errorf("the standard input: %w", err)
	}

	value := strings.TrimRight(string(text), "\r\n")

	switch {
	case value == "":
		return config.Secret{}, errors.New("the standard input has no value")
	case len(text) > maxSecret:
		return config.Secret{}, fmt.Errorf("the standard input has more than %d bytes, the most that Secret Manager takes", maxSecret)
	default:
		return config.NewSecret(value), nil
	}
}
