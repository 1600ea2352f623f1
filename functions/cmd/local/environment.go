package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/brandapi"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/functions/console"
	"github.com/eshopbox/whatsapp-notifications/functions/notify"
	"github.com/eshopbox/whatsapp-notifications/functions/receive"
	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/functions/sweep"
	"github.com/eshopbox/whatsapp-notifications/functions/webhook"
	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// environment is what the functions framework and Google's emulators are told by variables, and this process too.
type environment struct {
	// FunctionTarget is the one function that this process serves; empty means all of them.
	FunctionTarget string `env:"FUNCTION_TARGET"`
	// Port is the port to listen on.
	Port int `env:"PORT, default=8080"`
	// FirestoreEmulator is the host and port of Firestore's emulator, which the client library reads itself.
	FirestoreEmulator string `env:"FIRESTORE_EMULATOR_HOST"`
	// PubSubEmulator is the host and port of Pub/Sub's emulator, which the client library reads itself.
	PubSubEmulator string `env:"PUBSUB_EMULATOR_HOST"`
}

// Validate checks the port.
func (e environment) Validate() error {
	if e.Port < 1 || e.Port > 65535 {
		return errors.New("PORT is not between 1 and 65535")
	}
	return nil
}

// decidedHere reports whether a local run decides a variable of the functions itself: its project, secrets, topics and bucket, whose
// names are fixed in the local cloud, and whose tokens the pushes and people carry.
func decidedHere(name string) bool {
	return slices.Contains([]string{"GOOGLE_CLOUD_PROJECT", "K_SERVICE", "SECRET_MANAGER_EMULATOR_HOST", "STORAGE_EMULATOR_HOST", "PROOF_BUCKET"}, name) ||
		strings.HasPrefix(name, "PUSH_") || strings.HasPrefix(name, "USER_") || strings.HasPrefix(name, "SERVICE_") || strings.HasSuffix(name, "_TOPIC") || strings.HasSuffix(name, "_KEY_SECRET")
}

// functionVariables returns what the functions of a local run read: the environment's variables over [world.LocalDefaults]. ignored
// names those that are set but that a local run decides itself, sorted.
func functionVariables(ctx context.Context, env config.Lookuper) (used map[string]string, ignored []string) {
	used = world.LocalDefaults()

	for _, name := range variableNames(ctx) {
		value, set := env.Lookup(name)
		switch {
		case !set || strings.TrimSpace(value) == "":
		case decidedHere(name):
			ignored = append(ignored, name)
		default:
			used[name] = value
		}
	}

	return used, ignored
}

// askedNames is an environment without variables that notes which it is asked for.
type askedNames map[string]bool

// Lookup is part of [config.Lookuper].
func (a askedNames) Lookup(name string) (string, bool) {
	a[name] = true
	return "", false
}

// configurations returns what each function reads.
func configurations() []any {
	return []any{
		&boot.Config{},
		&subscribe.Config{},
		&webhook.Config{},
		&notify.Config{},
		&receive.Config{},
		&sweep.Config{},
		&brandapi.Config{},
		&workspace.Config{},
		&console.Config{},
	}
}

// checkVariables returns everything that is wrong with the variables that the functions of a local run will read, each once.
func checkVariables(ctx context.Context, variables map[string]string) error {
	all := world.Environment("http://localhost", world.Project)
	maps.Copy(all, variables)

	var lines []string
	for _, cfg := range configurations() {
		if err := config.Load(ctx, config.Map(all), cfg); err != nil {
			lines = append(lines, strings.Split(err.Error(), "\n")...)
		}
	}

	if len(lines) == 0 {
		return nil
	}

	slices.Sort(lines)

	return errors.New(strings.Join(slices.Compact(lines), "\n"))
}

// emulatorPatience is how long an emulator may take to start to listen.
const emulatorPatience = 15 * time.Second

// awaitEmulators waits until each of Google's emulators that the environment names can be connected to, and says so.
func awaitEmulators(ctx context.Context, env environment, patience time.Duration, out io.Writer) error {
	for _, e := range []struct{ what, variable, addr string }{
		{"Firestore's emulator", "FIRESTORE_EMULATOR_HOST", env.FirestoreEmulator},
		{"Pub/Sub's emulator", "PUBSUB_EMULATOR_HOST", env.PubSubEmulator},
	} {
		if e.addr == "" {
			continue
		}

		fmt.Fprintf(out, "waiting for %s at %s, which %s names\n", e.what, e.addr, e.variable)

		if err := reach(ctx, e.addr, patience); err != nil {
			return fmt.Errorf("nothing answers at %s within %v: start %s, or unset %s (%w)", e.addr, patience, e.what, e.variable, err)
		}
	}

	return nil
}

// reach connects to an address, and tries so for a while.
func reach(ctx context.Context, addr string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	conn, err := dialStarting(ctx, "tcp", addr)
	if err != nil {
		return err
	}

	return conn.Close()
}

// variableNames returns the names of all variables that functions read, sorted.
func variableNames(ctx context.Context) []string {
	asked := askedNames{}
	for _, cfg := range configurations() {
		_ = config.Load(ctx, asked, cfg) // fails, since nothing is set: the names are what is wanted
	}

	return slices.Sorted(maps.Keys(asked))
}
