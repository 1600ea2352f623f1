package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestConsentOfAShopper finds a shopper, records that the shopper took it back, and erases the shopper: without JavaScript.
func TestConsentOfAShopper(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribe(t, w, "51230077", "9000000001", "Ira Sample", "ira@example.test", "811")
	b := open(t, w, "editor:811", options{mayRefuse: true, noScript: true})
	b.show("/accounts/811/consent")
	b.do(chromedp.SendKeys(chromedp.CSS("#phone"), "90000 00099"))
	b.follow("Show the ledger")
	b.reads("This account knows no shopper of that number")
	b.do(chromedp.SendKeys(chromedp.CSS("#phone"), "90000 00001"))
	b.follow("Show the ledger")
	b.reads("What holds now", "verified", "Agreed to news of orders", "the portal's checkbox")
	at := b.path()

	b.follow("Record it")
	b.reads("Nothing was recorded", "The reference")
	b.do(chromedp.SendKeys(chromedp.CSS("#reference"), "ticket 12"))
	b.follow("Record it")
	b.reads("It is recorded", "Took back everything", "no: took it back")

	b.do(chromedp.SendKeys(chromedp.CSS("#reason"), "request 12"))
	b.follow("Show what would be erased")
	b.reads("Erase this shopper?", "This cannot be taken back")
	b.follow("Erase for good")
	b.reads("The shopper is erased", "request 12", "Took back everything", "verified")
	if got := b.path(); got != at+"?done=shopper-erased" {
		t.Errorf("the ledger is at %s, and was at %s", got, at)
	}
	if text := b.words(); strings.Contains(text, "Ira") || strings.Contains(text, "00001") {
		t.Errorf("the page tells who it was: %s", text)
	}
}

// TestConsentPages looks at the pages of a shopper, and of a file that was brought in.
func TestConsentPages(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	subscribe(t, w, "51230077", "9000000001", "Ira Sample", "ira@example.test", "811")
	b := open(t, w, "editor:811", options{mayRefuse: true})
	b.show("/accounts/811/consent")
	b.fill("#phone", "90000 00001")
	b.follow("Show the ledger")
	b.looks("shopper")
	b.follow("Record it")
	b.looks("shopper-refused")
	b.fill("#reason", "request 12")
	b.follow("Show what would be erased")
	b.looks("shopper-erase")

	file := filepath.Join(t.TempDir(), "customers.csv")
	text := "phone;status;occurredAt;evidence\n90000 00061;ACTIVE;2026-01-20T10:20:12+05:30;form 1\n9.19E+11;ACTIVE;2026-01-20T10:20:12+05:30;form 2\n90000 00062;INACTIVE;;\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	b.show("/accounts/811/consent")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.follow("Check the file")
	b.reads("nothing was written", "Rows to look at")
	b.do(chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.follow("Bring in")
	b.reads("The file was brought in")
	b.looks("consent-imported")
}
