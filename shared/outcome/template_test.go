package outcome_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// edit moves the first value of the rig's template from the body into the header, as a brand may at WhatsApp: both copies
// want two values, and only the new one takes them.
func edit(r *rig.Rig) {
	r.T.Helper()
	r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{
		HeaderFormat: "TEXT", Header: "Hi {{1}}", Body: "We could not deliver {{1}}.",
		Buttons: []simmeta.Button{{Type: simmeta.QuickReply, Text: "Try again"}},
	})))
}

// TestEditedTemplate has a template change between two messages: the second is filled by what it says now, and not by the
// copy of the day before.
func TestEditedTemplate(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]struct {
		field string
		value map[string]any
	}{
		"components": {"message_template_components_update", map[string]any{"message_template_id": 900000000000004}},
		"category": {"template_category_update", map[string]any{
			"message_template_id": 900000000000004, "previous_category": "UTILITY", "new_category": "MARKETING",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rig.New(t, rig.Options{Provider: meta.Name})
			r.Hand(r.Hooks, r.First())
			r.Settle(r.Hooks)
			edit(r)
			r.Must(r.Sim.Meta().EmitField(rig.MetaNumberID, event.field, event.value))
			r.Settle(r.Hooks)
			r.Hand(r.Hooks, r.Second())
			r.Settle(r.Hooks)
			if all := r.Messages(); len(all) != 2 || all[0].Status() != message.StatusRead || all[1].Status() != message.StatusRead {
				t.Errorf("send log: got %v, want two read; %s", rig.Statuses(all), r.Describe())
			}
			if !strings.Contains(r.Logs.String(), "provider changed a template or an account") {
				t.Error("nobody was told of the change")
			}
		})
	}
}

// TestEditedTemplateWithoutWord has the same happen with the provider's word of it lost: one message is refused for the old
// copy, and no other after it.
func TestEditedTemplateWithoutWord(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.Hand(r.Hooks, r.EventData(r.Another(9)))
	r.Settle(r.Hooks)
	edit(r)
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)
	if all := r.ByStatus(); all[message.StatusFailed] != 1 {
		t.Fatalf("got %v, want one failed; %s", all, r.Describe())
	}
	for _, m := range r.Messages() {
		if a := m.Attempts["1"]; m.Status() == message.StatusFailed && (a.Code != "132000" || a.Class != message.ClassTemplate) {
			t.Errorf("failed: got %s %s, want 132000", a.Class, a.Code)
		}
	}
	r.Hand(r.Hooks, r.Second())
	r.Settle(r.Hooks)
	if all := r.ByStatus(); all[message.StatusRead] != 2 || all[message.StatusFailed] != 1 {
		t.Errorf("got %v, want two read and one failed; %s", all, r.Describe())
	}
}
