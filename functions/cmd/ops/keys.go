package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// keys makes the product's own keys, once: each a secret with a random value that nobody sees. One that is there stays, and so does one whose
// versions were destroyed: another key would make every customer and every occurrence a new one.
func (o ops) keys(ctx context.Context, _ string, dry bool) error {
	if !dry {
		if err := o.begin(ctx, strings.Join(o.own.Names(), " ")); err != nil {
			return err
		}
	}

	n := 0

	for _, name := range o.own.Names() {
		if dry {
			o.say("secret %s would get a random value, if it has never had one", name)
			continue
		}

		made, err := o.secrets.AddFirst(ctx, name, config.NewSecret(rand.Text()+rand.Text()))
		switch {
		case err != nil:
			return fmt.Errorf("secret %s: %w", name, err)
		case made:
			n++

			o.say("secret %s has a random value now, for good", name)
		default:
			o.say("secret %s has a value, or had one, and stays as it is", name)
		}
	}

	o.note.Result("made " + count(n, "key"))

	return nil
}
