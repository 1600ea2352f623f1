package main

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/ops/timemachine"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// newReplay returns a rig with a brand and an event of today that nobody has delivered, on a topic that retains it.
func newReplay(t *testing.T) (r cmdRig, event []byte) {
	t.Helper()

	r = newRig(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}

	for _, name := range own.Names() {
		_, err := r.secrets.Add(t.Context(), name, config.NewSecret("0123456789abcdef0123456789abcdef"))
		must(err)
	}

	_, err := r.store.SaveSettings(t.Context(), "811", func(account.Account) (store.Version, error) {
		return store.Version{At: now.Add(-time.Hour), Settings: account.Account{
			Slug: "neem-and-co", Name: "Neem & Co", TimeZone: "Asia/Kolkata", ConsentMode: account.BrandDeclared, Sender: "own",
			Apps:   map[string]account.App{"own": {Provider: "gupshup", Ownership: message.Client, Number: "919000000801", ProviderIDs: map[string]string{"appId": "a", "appName": "b"}, Secret: "key"}},
			Events: map[string]account.Event{"shipment/failed_delivery": {Enabled: true, TemplateID: "t-1", Filling: template.Filling{Variables: []string{"customer_name"}}}},
		}}, nil
	})
	must(err)
	must(r.store.PutTemplate(t.Context(), "own", store.Template{
		Template: template.Template{ID: "t-1", Name: "failed", Language: "en", Category: "UTILITY", Status: "APPROVED", Body: "Hi {{1}}", Params: 1}, CheckedAt: now,
	}))

	of := func(kind, name string) string { return "projects/" + testkit.Project + "/" + kind + "/" + name }
	must(r.local.EnsureSubscriptions(t.Context(), []cloud.Subscription{{Name: of("subscriptions", "kept"), Topic: of("topics", "order-events"), Retain: 72 * time.Hour}}))

	event, err = testdata.Files.ReadFile("events/shipment-failed_delivery.json")
	must(err)
	event = []byte(strings.ReplaceAll(string(event), "2024-02-13 15:20:41", now.In(config.IST).Format(time.DateTime)))
	_, err = r.topics.Publisher("order-events", queue.Options{}).Publish(t.Context(), queue.Message{Data: event})
	must(err)

	return r, event
}

// TestReplay replays a day from the topic, from a file, and with other settings. Nothing but notes is written, and no subscription is left.
func TestReplay(t *testing.T) {
	t.Parallel()
	r, event := newReplay(t)
	before := r.all()

	line, err := json.Marshal(timemachine.Event{PublishedAt: now, Data: event})
	if err != nil {
		t.Fatal(err)
	}

	file := write(t, string(line)+"\n")
	off := write(t, `{"notifications": {"shipment/failed_delivery": {"enabled": false}}}`)
	quiet := write(t, `{"quietHours": {"enabled": true, "from": "00:00", "to": "23:59", "exempt": []}}`)

	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"from_the_topic": {args: []string{"811/2026-11-20"}, want: "1 × appears shipment/failed_delivery: it was off, and would be sent: "},
		"from_a_file":    {args: []string{"811/2026-11-20", "-events", file}, want: "1 × appears shipment/failed_delivery: it was off, and would be sent: "},
		"of_today":       {args: []string{"811/2026-11-20", "-settings", "now", "-events", file}, want: "1 × appears "},
		"event_off":      {args: []string{"811/2026-11-20", "-settings", off, "-events", file}, want: "no difference"},
		"quiet":          {args: []string{"811/2026-11-20", "-settings", quiet, "-events", file}, want: "1 × appears "},
		"another_day":    {args: []string{"811/2026-11-19", "-events", file}, want: "0 events"},
		"tried":          {args: []string{"-n", "811/2026-11-20"}, want: "are those that the topic order-events retains"},
	} {
		if said := r.mustRun(append([]string{"replay"}, tt.args...)...); !strings.Contains(said, tt.want) {
			t.Errorf("%s: got\n%s\nwant %q", name, said, tt.want)
		}
	}

	// What today's code cannot read ends in an error, so that nobody takes the day for equal.
	cut, err := json.Marshal(timemachine.Event{PublishedAt: now, Data: event[:len(event)-3]})
	if err != nil {
		t.Fatal(err)
	}
	if said, err := r.run("replay", "811/2026-11-20", "-events", write(t, string(cut))); err == nil || !strings.Contains(said, "1 events that name the account cannot be read") || strings.Contains(said, "no difference") {
		t.Errorf("what cannot be read: got %q, %v", said, err)
	}

	for _, args := range [][]string{
		{"811/2026-11-19"}, // of which the topic has nothing, and which may not be taken for a day without events
		{"811"},
		{"811/20-11-2026"},
		{"812/2026-11-20", "-events", file},
		{"811/2026-11-01"}, // the topic has let go of it
		{"811/2026-11-20", "-settings", write(t, `{"notification": {}}`)},
		{"811/2026-11-20", "-settings", write(t, `{"notifications": {"shipment/no": {}}}`)},
		{"811/2026-11-20", "-settings", write(t, `{"quietHours": {"enabled": true, "from": "25:00", "to": "1"}}`)},
		{"811/2026-11-20", "-events", file, "-settings", write(t, `{"sender": "none"}`)},
		{"811/2026-11-20", "-card", write(t, `{}`)},
		{"811/2026-11-20", "-events", write(t, `{"data":"e30="}`)},
	} {
		if said, err := r.run(append([]string{"replay"}, args...)...); err == nil {
			t.Errorf("%v: got %q, want it refused", args, said)
		}
	}

	if !maps.Equal(r.all(), before) {
		t.Error("something but the notes was written")
	}
}
