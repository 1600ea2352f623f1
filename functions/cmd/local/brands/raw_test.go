package brands_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// pushRaw delivers a body that webhook could not read to receive, which knows how to by now.
func (r *rig) pushRaw(body []byte, accountID, appID string) (status int, answer string) {
	r.Helper()
	push, err := json.Marshal(map[string]any{"message": map[string]any{"data": body, "messageId": "1", "attributes": map[string]string{
		provider.AttributeKind: string(provider.KindRaw), provider.AttributeProvider: meta.Name,
		provider.AttributeApp: appID, provider.AttributeAccount: accountID,
	}}})
	r.Must(err)
	return r.Do(http.MethodPost, "/push/receive", push)
}

// TestRawBodyOfSeveralNumbers holds that a kept body, too, is read without the events of numbers that are not the app's.
func TestRawBodyOfSeveralNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	app := r.app(demo.MarigoldID)
	said := func(id string) string {
		return `"messages":[{"from":"919000000077","id":"` + id + `","timestamp":"1795003600","type":"text","text":{"body":"STOP"}}]`
	}
	own := metaBody(app, said("wamid.OWN"))
	foreignNumber := strings.ReplaceAll(string(metaBody(app, said("wamid.NUMBER"))), app.ProviderIDs[meta.KeyPhoneNumberID], otherNumber)
	foreignAccount := strings.ReplaceAll(string(metaBody(app, said("wamid.ACCOUNT"))), app.ProviderIDs[meta.KeyWABAID], otherWABA)
	entryOf := func(body string) string {
		_, entries, _ := strings.Cut(body, `"entry":[`)
		return strings.TrimSuffix(entries, "]}")
	}
	body := strings.Replace(string(own), `"entry":[`, `"entry":[`+entryOf(foreignNumber)+","+entryOf(foreignAccount)+",", 1)
	if status, answer := r.pushRaw([]byte(body), demo.MarigoldID, app.ID); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, answer)
	}
	for id, want := range map[string]error{"wamid.OWN": nil, "wamid.NUMBER": store.ErrNotFound, "wamid.ACCOUNT": store.ErrNotFound} {
		_, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(meta.Name, app.ID, id))
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", id, err, want)
		}
	}
}

// TestRawBodyOfNoApp holds that what cannot be told from the events of others is not read: it goes to where it is kept.
func TestRawBodyOfNoApp(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{quiet: true})
	body := metaBody(r.app(demo.MarigoldID), escaped)
	for name, of := range map[string]struct{ account, app string }{
		"not installed":      {demo.MarigoldID, "meta-nobody"},
		"of another account": {demo.NeemID, demo.MarigoldApp},
		"of no account":      {"404", demo.MarigoldApp},
		"of another kind":    {demo.JasmineID, demo.JasmineApp},
		"nothing named":      {"", ""},
	} {
		logged := r.Logs.Len()
		if status, answer := r.pushRaw(body, of.account, of.app); status != http.StatusNoContent {
			t.Errorf("%s: got %d %s, want 204", name, status, answer)
		}
		if line := r.Logs.From(logged); !strings.Contains(line, "cannot be read") || !strings.Contains(line, "message.attributes.app") {
			t.Errorf("%s: got log %s, want a dead letter for the app", name, line)
		}
		if _, err := r.Parts.Store.Reply(t.Context(), store.ReplyID(meta.Name, of.app, "wamid.ESCAPED")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v, want that nothing was stored", name, err)
		}
	}
}
