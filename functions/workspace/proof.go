package workspace

import (
	"net/http"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/attest"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/evidence"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/usage"
)

func (h *handler) getLedgerProof(c *call) error {
	file, err := h.Attestor.Ledger(c.r.Context(), c.caller, c.args["accountId"], c.args["customerKey"])
	if err != nil {
		return err
	}

	return c.answerProof("ledger-"+c.args["customerKey"], file)
}

// proveReceipt answers with the file that proves a receipt. Of the provider's ids, which may encode the shopper's number, it has hashes, so that
// who has an id can compare it.
func (h *handler) proveReceipt(c *call, r usage.Receipt) error {
	body := withoutName(receiptOf(r))

	for _, try := range body.Attempts {
		for i, id := range try.ProviderIDs {
			try.ProviderIDs[i] = message.HashedID(id)
		}
	}

	return h.prove(c, proof.Receipt, r, body, r.LacksGround)
}

// proveEvidence answers with the file that proves an evidence sheet.
func (h *handler) proveEvidence(c *call, s evidence.Sheet) error {
	body := evidenceOf(s)
	body.Receipt = withoutName(body.Receipt)

	return h.prove(c, proof.Evidence, s.Receipt, body, slices.Concat(s.Lacks(), s.Receipt.LacksGround))
}

// prove answers with the file of what is stated of a message, which has the consent's entry that its receipt names. lacks are the sentences on
// what it does not have of consent and evidence; those on the price are in the body only.
func (h *handler) prove(c *call, kind proof.Kind, r usage.Receipt, body any, lacks []string) error {
	var entries []consent.Entry
	if r.Consent.Entry != nil {
		entries = append(entries, *r.Consent.Entry)
	}

	file, err := h.Attestor.Attest(c.r.Context(), c.caller, c.args["accountId"], attest.Sheet{
		Kind:      kind,
		MessageID: r.MessageID,
		Body:      body,
		Entries:   entries,
		Lacks:     lacks,
	})
	if err != nil {
		return err
	}

	return c.answerProof(string(kind)+"-"+r.MessageID, file)
}

// withoutName returns a receipt that has of the person who changed the settings the id, and not the name: nor an id that is an address.
func withoutName(body receiptBody) receiptBody {
	if body.Settings != nil && body.Settings.By != nil {
		body.Settings.By = &author{Subject: customers.NameOf(body.Settings.By.Subject, "withheld")}
	}

	return body
}

// answerProof answers with a file that ops verify checks.
func (c *call) answerProof(name string, file []byte) error {
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.proof.json"`)

	return httpx.WriteBytes(c.w, http.StatusOK, proof.MediaType, file)
}
