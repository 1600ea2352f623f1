package browser

import (
	"io"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// cloudWorld is a world in which the demo's stories were told.
func cloudWorld(t *testing.T) *live.World {
	t.Helper()
	w := live.Start(t, live.Options{})
	w.Must(demo.Story(t.Context(), w.World, io.Discard))
	w.Rest()

	return w
}

// TestEveryPageOfTheCloud looks at the pages of the local cloud in both colours and at each width.
func TestEveryPageOfTheCloud(t *testing.T) {
	t.Parallel()
	w := cloudWorld(t)
	for _, v := range []visit{
		{"cloud", "", "/lab/cloud"},
		{"cloud-documents", "", "/lab/cloud/documents?collection=messages"},
		{"cloud-documents-none", "", "/lab/cloud/documents?collection=messages&q=nothing+at+all"},
		{"cloud-pages", "", "/lab/cloud/documents?collection=templates"},
		{"cloud-document", "", "/lab/cloud/document?path=orders/811:" + demo.DevOrder},
		{"cloud-topic", "", "/lab/cloud/topics/order-events"},
		{"cloud-topic-empty", "", "/lab/cloud/topics/order-actions"},
		{"cloud-nothing", "", "/lab/cloud/topics/nothing"},
	} {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			b := open(t, w, v.person, options{mayRefuse: true})
			b.show(v.path)
			b.looks(v.name)
		})
	}
}

// TestSomebodyLooksAtTheCloud goes from the lab to a document of a shopper by the keyboard, has it shown and masked again, and looks at a message and a
// secret. All of it works without JavaScript.
func TestSomebodyLooksAtTheCloud(t *testing.T) {
	t.Parallel()
	for name, noScript := range map[string]bool{"with_script": false, "without_script": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := cloudWorld(t)
			b := open(t, w, "", options{noScript: noScript})
			b.show("/lab/cloud")
			b.reads("Documents", "customers/*/consents", "order-events", "nothing waits", demo.Secrets()[0])
			b.follow("customers")
			b.reads("6 documents", "••• phone")
			b.fill("#q", "90000 00001")
			b.enters()
			b.reads("1 document", "••• phone")
			b.leads(clickOn("table a"))
			b.reads(`"name": "••• name"`, `"email": "••• e-mail"`)
			b.follow("Show it as it is stored")
			b.reads(`"name": "Ira Sample"`, `"phone": "+919000000001"`, "as it is stored")
			b.sound()
			if !noScript { // axe is a script
				b.accessible()
			}
			b.follow("Mask it again")
			b.reads(`"name": "••• name"`)
			b.leads(clickOn("#below + ul a"))
			b.reads("1 document", "Search ids and values")

			b.show("/lab/cloud")
			b.follow("order-events")
			b.reads("failed_delivery", `"customerName": "••• name"`, "notify")
			b.leads(clickOn("ol form button"))
			b.reads(`"customerName": "Omar Sample"`, `"customerName": "••• name"`, "as it was published")
			b.follow("Mask it again")
			if text := b.words(); strings.Contains(text, "Omar Sample") {
				t.Errorf("it is not masked again:\n%s", text)
			}

			b.show("/lab/cloud")
			b.leads(clickOn(`form[action="/lab/cloud/secret"] button`))
			b.reads("Version 1")
			b.sound()
			if !noScript { // axe is a script
				b.accessible()
			}
			b.follow("Mask it again")
			b.reads("Secrets")
		})
	}
}
