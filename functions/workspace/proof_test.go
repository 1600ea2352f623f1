package workspace_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const proofSecret = "a secret of sixteen bytes or more"

// proving builds a rig with the key that proofs are signed with.
func proving(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, nil)
	if err := r.cloud.Secrets().Put(t.Context(), testkit.Project, "proof-key", proofSecret); err != nil {
		t.Fatal(err)
	}
	return r
}

// publish has the days that are over be published, as sweep does.
func (r *rig) publish() {
	r.t.Helper()
	a := attest.New(attest.Deps{
		Store:  r.store,
		Bucket: archive.New(archive.Options{Config: archive.Config{Bucket: "proof", EmulatorHost: r.cloud.StorageURL()}}),
		Signer: cache.NewOnce(func(context.Context) (proof.Signer, error) { return proof.NewSigner([]byte(proofSecret)) }),
		Clock:  r.clock,
	})
	if behind, err := a.Publish(r.t.Context(), neem); err != nil || behind != 0 {
		r.t.Fatalf("Publish = %v, %v", behind, err)
	}
}

// verified checks a file as a stranger would, who has the key and a copy of the bucket.
func (r *rig) verified(file string) proof.Result {
	r.t.Helper()
	signer, err := proof.NewSigner([]byte(proofSecret))
	if err != nil {
		r.t.Fatal(err)
	}
	files := fstest.MapFS{}
	for name, data := range r.cloud.Storage().Objects("proof") {
		files[name] = &fstest.MapFile{Data: data}
	}
	res, err := proof.Verify([]byte(file), proof.Options{Key: signer.Public(), DayFiles: files})
	if err != nil {
		r.t.Fatalf("the file does not hold: %v", err)
	}
	return res
}

// TestLedgerProof downloads the proof of a ledger before and after its day is published, and checks it.
func TestLedgerProof(t *testing.T) {
	t.Parallel()
	r := proving(t)
	r.put(neem, "Neem")
	key := r.shopper(r.phoneKey(), "+919000000001", r.subscribed())
	path := key + "/ledger-proof"

	a := r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodGet, path, ""))
	if a.Header.Get("Content-Type") != proof.MediaType || a.Header.Get("Content-Disposition") != fmt.Sprintf("attachment; filename=%q", "ledger-"+key+".proof.json") {
		t.Errorf("headers %v", a.Header)
	}
	if res := r.verified(a.Body); len(res.Entries) != 1 || len(res.Days) != 0 || len(res.Lacks) != 1 {
		t.Errorf("before its day is over: %+v", res)
	}

	r.clock.Advance(24 * time.Hour)
	r.publish()
	res := r.verified(r.want(http.StatusOK, r.ofCustomers("viewer", http.MethodGet, path, "")).Body)
	if res.Subject != neem+":"+key || res.Days[1] != "2026-11-20" || len(res.Lacks) != 0 {
		t.Errorf("after its day is published: %+v", res)
	}

	r.want(http.StatusNotFound, r.ofCustomers("viewer", http.MethodGet, strings.Repeat("f", 32)+"/ledger-proof", ""))
	r.want(http.StatusNotFound, r.ofCustomers("viewer", http.MethodGet, "x/ledger-proof", ""))
	r.cloud.Storage().Break(func(string, string) bool { return true })
	r.want(http.StatusServiceUnavailable, r.ofCustomers("viewer", http.MethodGet, path, ""))
}

// TestLedgerProofOfAChangedPast has what was published of the day not be what is stored: there is no file, of the ledger or of a receipt.
func TestLedgerProofOfAChangedPast(t *testing.T) {
	t.Parallel()
	r := proving(t)
	r.tell()
	m := r.charged()
	key := r.shopper(r.phoneKey(), "+919000000007", r.subscribed())
	signer, err := proof.NewSigner([]byte(proofSecret))
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := signer.NewDay(proof.WholeDay(neem, "2026-11-20", ""), []proof.Leaf{{Subject: proof.SubjectHash(neem + ":" + key), Sequence: 1, Hash: "v2:00"}})
	if err != nil {
		t.Fatal(err)
	}
	r.cloud.Storage().Replace("proof", proof.DayObject(neem, "2026-11-20", 1), other)
	r.contains(r.want(http.StatusConflict, r.ofCustomers("viewer", http.MethodGet, key+"/ledger-proof", "")).Body, "entry 1: not as it was published of 2026-11-20")
	for _, what := range []string{"receipt", "evidence"} {
		r.contains(r.get(http.StatusConflict, "/messages/"+m.ID+"/"+what+"?format=proof"), "entry 1: is not among those that were published of 2026-11-20")
	}
}

// TestReceiptProof downloads a receipt as a file: its body is the receipt without what is not for strangers, and its entry leads to the root of
// its day.
func TestReceiptProof(t *testing.T) {
	t.Parallel()
	r := proving(t)
	r.tell()
	m := r.charged()
	if res := r.verified(r.get(http.StatusOK, "/messages/"+refusedMessage+"/receipt?format=proof")); len(res.Entries) != 0 || !slices.Contains(res.Lacks, "The template is the newest copy; that of the time of the message was not noted.") ||
		slices.ContainsFunc(res.Lacks, func(s string) bool { return strings.Contains(s, "charge") }) {
		t.Errorf("%d entries of a message without consent, lacks %q; want what it lacks of consent, and nothing of money", len(res.Entries), res.Lacks)
	}

	r.clock.Advance(24 * time.Hour)
	r.publish()
	res := r.verified(r.get(http.StatusOK, "/messages/"+m.ID+"/receipt?format=proof"))
	if res.Kind != proof.Receipt || res.Subject != m.ID || len(res.Entries) != 1 || res.Days[1] != "2026-11-20" {
		t.Errorf("got %+v, want a receipt with its entry under a root", res)
	}
	r.contains(string(res.Body), `"messageId":"`+m.ID+`"`, `"providerIds":["sha256:`, `"by":{"subject":"u-platform","name":""}`)
	if body := string(res.Body); strings.Contains(body, "ee4a\"") || strings.Contains(body, "Asha") || strings.Contains(body, "9000000001") {
		t.Errorf("%s has what is not for strangers", body)
	}

	sheet := r.verified(r.get(http.StatusOK, "/messages/"+m.ID+"/evidence?format=proof"))
	if sheet.Kind != proof.Evidence || sheet.Subject != m.ID || sheet.Days[1] != "2026-11-20" {
		t.Errorf("got %+v, want an evidence sheet with its entry under a root", sheet)
	}
	if !slices.Contains(sheet.Lacks, "No copy of the order is kept, so that the courier's reason is not known here.") {
		t.Errorf("lacks %q, want those of the sheet", sheet.Lacks)
	}
	r.contains(string(sheet.Body), `"recipient":"+91******0001"`, `"providerIds":["sha256:`, `"by":{"subject":"u-platform","name":""}`)
	if body := string(sheet.Body); strings.Contains(body, "Asha") || strings.Contains(body, "9000000001") {
		t.Errorf("%s has what is not for strangers", body)
	}

	if plain := r.get(http.StatusOK, "/messages/"+m.ID+"/receipt?format=json"); plain != r.get(http.StatusOK, "/messages/"+m.ID+"/receipt") {
		t.Error("format=json is another receipt")
	}
	r.contains(r.get(http.StatusBadRequest, "/messages/"+m.ID+"/receipt?format=pdf"), `"field":"format"`)
	r.get(http.StatusNotFound, "/messages/"+strings.Repeat("0", 32)+"/receipt?format=proof")
}
