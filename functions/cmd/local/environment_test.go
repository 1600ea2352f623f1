package main

import (
	"maps"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
)

// TestEnvironmentIsHonoured sets variables of each sort. Those that the functions read go before what a local run sets; those
// that a local run decides are named.
func TestEnvironmentIsHonoured(t *testing.T) {
	t.Parallel()
	honoured := map[string]string{
		"PORTAL_ORIGINS":   "https://portal.example.com, https://other.example.com",
		"META_BASE_URL":    "https://meta.example.com",
		"WEBHOOK_URL":      "https://hooks.example.com",
		"LOG_LEVEL":        "DEBUG",
		"GRACE":            "50s",
		"SWEEP_FOR":        "1s",
		"SHUTDOWN_GRACE":   "1s",
		"ORDER_LINK_KEY":   "a key that links are signed with",
		"BRANDAPI_RATE":    "3",
		"META_VERSION":     "v27.0",
		"PLATFORM_TIMEOUT": "9s",
	}
	set := map[string]string{
		"GOOGLE_CLOUD_PROJECT": "a-real-project", "K_SERVICE": "notify", "PUSH_AUDIENCE": "https://push.example.com",
		"ORDER_EVENTS_TOPIC": "others", "PHONE_KEY_SECRET": "other", "REPLIES": "not read", "LEASE": " ",
	}
	maps.Copy(set, honoured)

	used, ignored := functionVariables(t.Context(), config.Map(set))
	want := world.LocalDefaults()
	maps.Copy(want, honoured)
	if diff := cmp.Diff(want, used); diff != "" {
		t.Errorf("variables of the functions (-want +got):\n%s", diff)
	}
	names := []string{"GOOGLE_CLOUD_PROJECT", "K_SERVICE", "ORDER_EVENTS_TOPIC", "PHONE_KEY_SECRET", "PUSH_AUDIENCE"}
	if diff := cmp.Diff(names, ignored); diff != "" {
		t.Errorf("ignored (-want +got):\n%s", diff)
	}
}

// TestEveryVariableIsHonouredOrNamed holds that a local run knows all variables that functions/README.md lists.
func TestEveryVariableIsHonouredOrNamed(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, name := range variableNames(t.Context()) {
		known[name] = true
	}
	for name := range readmeTable(t) {
		if !known[name] {
			t.Errorf("%s is neither honoured nor named when it is ignored", name)
		}
	}
}

// TestPortalOriginOfTheEnvironment has a browser's page call the portal's route: it may read the answer if its origin is the
// environment's, and not if it is the one that a local run would set itself.
func TestPortalOriginOfTheEnvironment(t *testing.T) {
	t.Parallel()
	const origin = "https://portal.example.com"
	used, _ := functionVariables(t.Context(), config.Map(map[string]string{"PORTAL_ORIGINS": origin}))
	w := live.Start(t, live.Options{Config: used})
	for from, want := range map[string]string{origin: origin, "http://localhost:3000": ""} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+world.OrderPath+"51230077", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", from)
		resp, err := w.Parts.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		if err = resp.Body.Close(); err != nil {
			t.Error(err)
		}
		if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("from %s: got the allowed origin %q, want %q", from, got, want)
		}
	}
}

// TestWrongVariablesAreNamedBeforeTheStart sets variables of every function to what they cannot be.
func TestWrongVariablesAreNamedBeforeTheStart(t *testing.T) {
	t.Parallel()
	for variable, c := range map[string]struct{ value, want string }{
		"GUPSHUP_BASE_URL":       {"foo", "GUPSHUP_BASE_URL is not an http or https address"},
		"META_BASE_URL":          {"meta.example.com", "META_BASE_URL is not an http or https address"},
		"KALEYRA_BASE_URL":       {"ftp://kaleyra.example.com", "KALEYRA_BASE_URL is not an http or https address"},
		"BUSINESSONBOT_BASE_URL": {"http://", "BUSINESSONBOT_BASE_URL is not an http or https address"},
		"PLATFORM_BASE_URL":      {"foo", "PLATFORM_BASE_URL is not an http or https address"},
		"WEBHOOK_URL":            {"foo", "WEBHOOK_URL is not an http or https address"},
		"LOG_LEVEL":              {"foo", "LOG_LEVEL cannot be read as a level: DEBUG, INFO, WARN or ERROR"},
		"CONCURRENCY":            {"0", "CONCURRENCY must be at least 1"},
		"BRANDAPI_RATE":          {"x", "BRANDAPI_RATE cannot be read as a number"},
	} {
		used, _ := functionVariables(t.Context(), config.Map(map[string]string{variable: c.value}))
		if err := checkVariables(t.Context(), used); err == nil || err.Error() != c.want {
			t.Errorf("%s=%s: got %v, want %q", variable, c.value, err, c.want)
		}
	}
	if err := checkVariables(t.Context(), world.LocalDefaults()); err != nil {
		t.Errorf("with none set: got %v", err)
	}
}

// TestEmulatorThatDoesNotAnswer holds that a run says which emulator it waits for, and gives up in words.
func TestEmulatorThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	var listen net.ListenConfig
	l, err := listen.Listen(t.Context(), "tcp", address(0))
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	var said strings.Builder
	if err = awaitEmulators(t.Context(), environment{FirestoreEmulator: addr}, farOff, &said); err != nil {
		t.Errorf("one that answers: got %v", err)
	}
	if err = l.Close(); err != nil {
		t.Fatal(err)
	}
	err = awaitEmulators(t.Context(), environment{PubSubEmulator: addr}, time.Millisecond, &said)
	if want := "nothing answers at " + addr + " within 1ms: start Pub/Sub's emulator, or unset PUBSUB_EMULATOR_HOST"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	want := "waiting for Firestore's emulator at " + addr + ", which FIRESTORE_EMULATOR_HOST names\n" +
		"waiting for Pub/Sub's emulator at " + addr + ", which PUBSUB_EMULATOR_HOST names\n"
	if said.String() != want {
		t.Errorf("got %q, want %q", said.String(), want)
	}
}

// TestExportOfHonouredVariables holds that a value with blanks is one word, and that no secret is printed.
func TestExportOfHonouredVariables(t *testing.T) {
	t.Parallel()
	got := lab.Export("127.0.0.1:1", map[string]string{"PORTAL_ORIGINS": "https://a.test, https://it's.test", "PLATFORM_TOKEN": "secret", "ORDER_LINK_KEY": "secret"})
	want := "export FIRESTORE_EMULATOR_HOST=127.0.0.1:1 PORTAL_ORIGINS='https://a.test, https://it'\\''s.test' " +
		"PUBSUB_EMULATOR_HOST=127.0.0.1:1 SECRET_MANAGER_EMULATOR_HOST=127.0.0.1:1"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
