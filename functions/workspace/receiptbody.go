package workspace

// receiptBody is what proves one message.
type receiptBody struct {
	MessageID  string `json:"messageId"`
	Kind       string `json:"kind"`
	OrderID    string `json:"orderId,omitempty"`
	Event      string `json:"event"`
	Shipment   string `json:"shipment,omitempty"`
	Purpose    string `json:"purpose,omitempty"`
	AppID      string `json:"appId,omitempty"`
	Provider   string `json:"provider,omitempty"`
	Ownership  string `json:"ownership,omitempty"`
	Status     string `json:"status"`
	Reason     string `json:"reason,omitempty"`
	CreatedAt  string `json:"createdAt"`
	OccurredAt string `json:"occurredAt,omitempty"`

	Consent  consentProofBody   `json:"consent"`
	Settings *settingsProofBody `json:"settings"`
	Template *templateProofBody `json:"template"`
	Estimate *estimateProofBody `json:"estimate"`
	Charge   *chargeProofBody   `json:"charge"`
	Extra    []chargeProofBody  `json:"extra"`
	Words    []wordBody         `json:"providerWords"`
	Attempts []tryBody          `json:"attempts"`
	Lacks    []string           `json:"lacks"`
}

type consentProofBody struct {
	Status string            `json:"status,omitempty"`
	Entry  *consentEntryBody `json:"entry"`
}

// consentEntryBody is an entry of the consent ledger, without what it came with: a provider's message id may hold a number.
type consentEntryBody struct {
	Sequence      int64  `json:"sequence"`
	Action        string `json:"action"`
	Source        string `json:"source"`
	Purpose       string `json:"purpose,omitempty"`
	NoticeVersion string `json:"noticeVersion,omitempty"`
	NoticeHash    string `json:"noticeHash,omitempty"`
	OccurredAt    string `json:"occurredAt"`
	RecordedAt    string `json:"recordedAt"`
	Hash          string `json:"hash"`
}

type settingsProofBody struct {
	Version int64   `json:"version"`
	At      string  `json:"at,omitempty"`
	By      *author `json:"by,omitempty"`
	Action  string  `json:"action,omitempty"`
}

type templateProofBody struct {
	ID    string            `json:"id"`
	Exact bool              `json:"exact"`
	Copy  *templateCopyBody `json:"copy"`
}

type templateCopyBody struct {
	approvedBody
	CheckedAt string `json:"checkedAt,omitempty"`
}

// priceRowBody is the line of a rate card that a price is from, before the mark-up.
type priceRowBody struct {
	Version  string `json:"version"`
	Currency string `json:"currency"`
	From     string `json:"from"`
	Until    string `json:"until,omitempty"`
	Market   string `json:"market"`
	Category string `json:"category"`
	Micros   int64  `json:"micros"`
}

type estimateProofBody struct {
	Category          string        `json:"category"`
	Micros            int64         `json:"micros"`
	Currency          string        `json:"currency,omitempty"`
	Card              string        `json:"card,omitempty"`
	MarkupBasisPoints int           `json:"markupBasisPoints"`
	Row               *priceRowBody `json:"row"`
}

type chargeProofBody struct {
	Basis    string        `json:"basis"`
	Attempt  int           `json:"attempt"`
	Type     string        `json:"type,omitempty"`
	Category string        `json:"category,omitempty"`
	Micros   int64         `json:"micros"`
	Currency string        `json:"currency,omitempty"`
	Card     string        `json:"card,omitempty"`
	At       string        `json:"at,omitempty"`
	Row      *priceRowBody `json:"row"`
}

// wordBody is what a provider said of the price, as it is kept.
type wordBody struct {
	Attempt  int    `json:"attempt"`
	Callback string `json:"callback"`
	// Billable is absent of a word that does not say whether the message is charged, as Gupshup's and Meta's of sending may not.
	Billable *bool  `json:"billable,omitempty"`
	Model    string `json:"model,omitempty"`
	Category string `json:"category,omitempty"`
	Type     string `json:"type,omitempty"`
	Source   string `json:"source,omitempty"`
	At       string `json:"at,omitempty"`
}

type tryBody struct {
	Number            int           `json:"number"`
	ClaimedAt         string        `json:"claimedAt,omitempty"`
	Status            string        `json:"status,omitempty"`
	Times             []reachedBody `json:"times"`
	ProviderIDs       []string      `json:"providerIds"`
	Class             string        `json:"class,omitempty"`
	Code              string        `json:"code,omitempty"`
	PossibleDuplicate bool          `json:"possibleDuplicate"`
	Silence           string        `json:"silence,omitempty"`
}

type reachedBody struct {
	Status string `json:"status"`
	At     string `json:"at"`
}
