package main

import (
	"errors"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

const (
	basilFile = "../../../testdata/accounts/basil-kitchen.json"
	basilKey  = "sk-basil-0123456789"
	basilApp  = "aaaaaaaa-0000-4000-8000-000000000817"
)

// newOnboarding returns the commands on a product whose provider has the app of Basil Kitchen, which we do not know.
func newOnboarding(t *testing.T) (cmdRig, *rig.Rig) {
	t.Helper()

	p := rig.New(t, rig.Options{})
	p.Must(p.Sim.Gupshup().AddApp(simgupshup.App{ID: basilApp, Name: "BasilAlerts", Phone: "919000000817", APIKey: basilKey, Templates: []simgupshup.Template{
		simgupshup.NewTemplate(rig.TemplateID, "failed_delivery", simgupshup.Container{Data: "Hi {{1}}, order {{2}} of {{3}} was not delivered: {{4}}."}),
	}}))

	return opsOn(t, p), p
}

// TestOnboard makes a brand's account with all that it begins with, first only said, then for good, then once more, which changes nothing. An event
// reaches its shopper.
func TestOnboard(t *testing.T) {
	t.Parallel()
	r, p := newOnboarding(t)
	before := r.all()

	said := r.mustRun("onboard", "-n", basilFile)
	for _, want := range []string{
		"account 817 (basil-kitchen) would be made\n", " would be installed: its credential works at gupshup (", " would be the sender\n",
		"event shipment/failed_delivery would be on\n", "nothing is written, as -n wants it\n",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("with -n: got\n%s\nwithout %q", said, want)
		}
	}
	if !maps.Equal(before, r.all()) {
		t.Error("with -n something was written")
	}

	said = r.mustRun("onboard", basilFile)
	address := regexp.MustCompile(`its webhook's address, shown this once: (\S+/gupshup/[A-Z2-7]+) \(gupshup reports to it from now on\)\n`).FindStringSubmatch(said)
	if len(address) != 2 || !strings.Contains(said, "account 817 (basil-kitchen) is made\n") || !strings.Contains(said, "event shipment/failed_delivery is on\n") {
		t.Fatalf("got\n%s", said)
	}

	a, err := r.store.Account(t.Context(), "817")
	p.Must(err)
	if !a.SenderChosen || a.Apps[a.Sender].Number != "919000000817" || !a.Event("shipment/failed_delivery").Enabled {
		t.Errorf("the account is %+v, want the app as its sender and the event on", a)
	}

	after := r.all()
	for _, args := range [][]string{{"onboard", "-n", basilFile}, {"onboard", basilFile}} {
		said = r.mustRun(args...)
		if strings.Contains(said, address[1]) || !strings.Contains(said, " is installed") {
			t.Errorf("once more, %q: got\n%s", args, said)
		}
	}
	if diff := cmp.Diff(after, r.all()); diff != "" {
		t.Errorf("once more changes something:\n%s", diff)
	}
	if strings.Contains(said, basilKey) {
		t.Errorf("got the credential in\n%s", said)
	}
}

// TestOnboardGoesOn has the onboarding fail at each of its writes in turn, before and after it was done, and be repeated: in the end all is there.
func TestOnboardGoesOn(t *testing.T) {
	t.Parallel()

	const writes = 14

	for skip := range writes {
		for _, mode := range []cloud.Mode{cloud.FailBefore, cloud.FailAfter} {
			r, p := newOnboarding(t)
			p.Cloud.Rules().Add(cloud.Rule{ID: "cut", Method: "Firestore/Commit", Skip: skip, Times: 1, Mode: mode, Code: 13})

			_, first := r.run("onboard", basilFile)
			p.Cloud.Rules().Remove("cut")

			if first == nil && skip < 4 {
				t.Errorf("write %d %s: the failure was not noticed", skip, mode)
			}

			r.advance(3 * time.Minute) // the number is held for two
			r.mustRun("onboard", basilFile)

			a, err := r.store.Account(t.Context(), "817")
			p.Must(err)
			if len(a.Apps) != 1 || a.Sender == "" || !a.Event("shipment/failed_delivery").Enabled {
				t.Errorf("write %d %s: then the account is %+v", skip, mode, a)
			}
		}
	}
}

// TestOnboardIsRefused names what is wrong with a file, and repeats nothing that may be a secret. Nothing is written.
func TestOnboardIsRefused(t *testing.T) {
	t.Parallel()
	r, p := newOnboarding(t)
	good, err := os.ReadFile(basilFile)
	p.Must(err)
	before := r.all()

	for name, c := range map[string]struct{ old, new, want string }{
		"a_secret_in_the_file":   {`"env:BASIL_KEY"`, `"sk-basil-0123456789"`, "apps[0].credential must say where it is, and never be the secret itself"},
		"a_variable_without":     {"env:BASIL_KEY", "env:ANOTHER", "apps[0].credential, env:ANOTHER: has no value there"},
		"no_such_secret":         {"env:BASIL_KEY", "secret:another", "apps[0].credential, secret:another: "},
		"nothing_on_stdin":       {"env:BASIL_KEY", "stdin", "apps[0].credential, stdin: has no value there"},
		"a_wrong_slug":           {`"basil-kitchen"`, `"basil/kitchen"`, "account.slug must be"},
		"an_unknown_key":         {`"sender"`, `"sends"`, "apps[0].sends is a key that it does not have"},
		"an_unknown_event":       {"shipment/failed_delivery", "shipment/eaten", "apps[0].events.shipment/eaten is no event"},
		"sender_as_text":         {`"sender": true`, `"sender": "yes"`, "apps[0].sender must be true or false"},
		"apps_as_object":         {`"apps": [`, `"apps": {}, "others": [`, "apps must be a list"},
		"an_app_as_text":         {`"apps": [`, `"apps": ["x",`, "apps[0] must be an object"},
		"a_value_without":        {`"template": "0b6f2c1e-1111-4222-8333-000000000004",`, ``, "values needs a template"},
		"no_such_variable":       {`"failure_reason"`, `"no_such"`, "values[3].variable is no variable that there is"},
		"nothing_chosen":         {`{"variable": "failure_reason"}`, `{}`, "values[3].variable or text is needed"},
		"the_platforms":          {`"provider": "gupshup",`, `"ownership": "platform",`, "a person of the brand agrees to its charges"},
		"another_app":            {"000000000817", "000000000818", "apps[0]: "},
		"another_provider":       {`"gupshup"`, `"pigeon"`, "apps[0]: "},
		"two_senders":            {`"apps": [`, `"apps": [{"sender": true},`, "apps has more than one sender"},
		"no_json":                {`"apps": [`, `apps`, "is no JSON"},
		"what_the_account_lacks": {`"account"`, `"acount"`, "account.id must be digits"},
	} {
		text := strings.Replace(string(good), c.old, c.new, 1)
		if text == string(good) {
			t.Errorf("%s: the sample has no %s", name, c.old)
		}

		r.in = strings.NewReader("")
		said, err := r.run("onboard", write(t, text))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(said+err.Error(), basilKey) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if !maps.Equal(before, r.all()) {
		t.Error("something was written")
	}
}

// TestOnboardFindsSecrets takes credentials from Secret Manager and, line by line, from the standard input.
func TestOnboardFindsSecrets(t *testing.T) {
	t.Parallel()
	good, err := os.ReadFile(basilFile)
	if err != nil {
		t.Fatal(err)
	}

	for _, from := range []string{"stdin", "secret:basil-key"} {
		r, p := newOnboarding(t)
		_, err := r.secrets.Add(t.Context(), "basil-key", config.NewSecret(basilKey))
		p.Must(err)

		r.in = strings.NewReader(basilKey + "\n")
		if said := r.mustRun("onboard", write(t, strings.Replace(string(good), "env:BASIL_KEY", from, 1))); !strings.Contains(said, "is the sender\n") {
			t.Errorf("%s: got\n%s", from, said)
		}
	}
}

// TestOnboardSaysWhatIsWrongWithATemplate switches an event on with a filling that does not fit: the findings are printed, and the event is off.
func TestOnboardSaysWhatIsWrongWithATemplate(t *testing.T) {
	t.Parallel()
	r, p := newOnboarding(t)
	good, err := os.ReadFile(basilFile)
	p.Must(err)
	file := write(t, strings.Replace(string(good), `, {"variable": "failure_reason"}`, "", 1))

	said, err := r.run("onboard", file)
	if err == nil || !strings.Contains(err.Error(), "event shipment/failed_delivery: ") || !strings.Contains(said, "  error shipment/failed_delivery: ") {
		t.Errorf("got %v and\n%s", err, said)
	}
	if said, err = r.run("onboard", "-n", file); !errors.Is(err, errUnfit) || !strings.Contains(said, "  error shipment/failed_delivery: ") {
		t.Errorf("with -n: got %v and\n%s", err, said)
	}
	if notes := r.notes(); len(notes) != 1 || notes[0].Result != "failed: invalid" {
		t.Errorf("noted %+v, want it the operator's error", notes)
	}
	if a, err := r.store.Account(t.Context(), "817"); err != nil || a.Event("shipment/failed_delivery").Enabled {
		t.Errorf("the event is on, %v", err)
	}
}

// TestOnboardFindsBeforehandWhatWouldFail says with -n, of an app that is not installed, which event would be refused: for a template that the app does not have, and
// for values that are too few. Of an account that is there it says what would change.
func TestOnboardFindsBeforehandWhatWouldFail(t *testing.T) {
	t.Parallel()
	r, p := newOnboarding(t)
	text, err := os.ReadFile(basilFile)
	p.Must(err)
	good := string(text)

	for old, changed := range map[string]string{`"0b6f2c1e-1111-4222-8333-000000000004"`: `"0b6f2c1e-1111-4222-8333-00000000000f"`, `, {"variable": "failure_reason"}`: ``} {
		said, refused := r.run("onboard", "-n", write(t, strings.Replace(good, old, changed, 1)))
		if !errors.Is(refused, errUnfit) || !strings.Contains(refused.Error(), "apps[0].events.shipment/failed_delivery: ") || !strings.Contains(said, "  error shipment/failed_delivery: ") {
			t.Errorf("%s: got %v and\n%s", changed, refused, said)
		}
	}

	r.mustRun("onboard", basilFile)
	said := r.mustRun("onboard", "-n", basilFile)
	if !strings.Contains(said, "is there, and has what the file says of it\n") || !strings.Contains(said, "event shipment/failed_delivery is on as the file has it\n") {
		t.Errorf("the same once more: got\n%s", said)
	}
	said = r.mustRun("onboard", "-n", write(t, strings.Replace(good, `"Basil Kitchen"`, `"Basil & Co"`, 1)))
	if !strings.Contains(said, "is there; of it would change: name\n") {
		t.Errorf("another name: got\n%s", said)
	}

	r.webhookURL = ""
	if _, err = r.run("onboard", "-n", write(t, strings.Replace(good, `"id": "817"`, `"id": "818"`, 1))); !errors.Is(err, errWebhookURL) {
		t.Errorf("without WEBHOOK_URL: got %v", err)
	}
}
