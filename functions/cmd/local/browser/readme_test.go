package browser

import (
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

var update = flag.Bool("update", false, "make the pictures of README.md again")

// forReadme keeps a picture of the page for README.md, where -update asks for it.
func (b *tab) forReadme(name string, height int64) {
	b.t.Helper()
	if !*update {
		return
	}
	b.size(1200, height)
	shot, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "functions/console/screens", name+".png"), shot.Data, 0o644)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// TestPicturesOfTheReadme tells the story that README.md shows: a delivery fails, the shopper is asked and taps "Try again", and the platform has the
// action. Then it looks at the notification that asked.
func TestPicturesOfTheReadme(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribe(t, w, "51230077", "9000000001", "Ira Sample", "ira@example.test", "811")
	failsDelivery(t, w, w.Clock.Now())
	b := open(t, w, "editor:811", options{})
	b.show("/accounts/811/orders/51230077")
	b.reads("Reported: read")

	b.taps("9000000001", "Try again")
	b.reads("The shopper was asked for what is missing")
	b.taps("9000000001", "No, send it")
	b.reads("Action: Request delivery attempt taken")
	w.Rest()
	b.show("/accounts/811/orders/51230077")
	b.forReadme("story", 1000)

	b.show("/accounts/811/notifications/shipment/failed_delivery")
	b.reads("What the phone shows", "Approval risk")
	b.forReadme("notification", 1000)
}

// taps taps a button of the newest message on a phone that has it.
func (b *tab) taps(phone, label string) {
	b.t.Helper()
	b.until("the phone has the button "+label, func() bool {
		var inbox []struct {
			ID      string   `json:"id"`
			Buttons []string `json:"buttons"`
		}
		_, answer := b.w.Do(http.MethodGet, "/local/inbox/"+phone, nil)
		if err := json.Unmarshal([]byte(answer), &inbox); err != nil {
			b.t.Fatalf("the phone shows %s", answer)
		}
		for _, m := range slices.Backward(inbox) {
			if slices.Contains(m.Buttons, label) {
				status, said := b.w.Do(http.MethodPost, "/local/inbox/"+phone+"/reply", []byte(`{"button":"`+label+`","to":"`+m.ID+`"}`))
				if status >= 300 {
					b.t.Fatalf("the tap: %d %s", status, said)
				}

				return true
			}
		}

		return false
	})
}
