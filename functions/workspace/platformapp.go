package workspace

import (
	"maps"
	"net/http"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// platformAppBody is an app of the platform's own as it is answered. It has no credential.
type platformAppBody struct {
	AppID       string            `json:"appId"`
	Provider    string            `json:"provider"`
	Name        string            `json:"name"`
	Number      string            `json:"number"`
	ProviderIDs map[string]string `json:"providerIds"`
	// CredentialLast4 is empty for callers who are not of the platform.
	CredentialLast4 string                  `json:"credentialLast4"`
	Templates       map[string]*contentBody `json:"templates"`
	Unexpected      repliesBody             `json:"unexpectedReplies"`
	// Notice is absent if nothing is wrong with the webhook, and for callers who are not of the platform.
	Notice  string `json:"notice,omitempty"`
	Version int64  `json:"version"`
}

func platformAppOf(p account.PlatformApp) platformAppBody {
	body := platformAppBody{
		AppID:           p.App.ID,
		Provider:        p.App.Provider,
		Name:            p.App.Name,
		Number:          p.App.Number,
		ProviderIDs:     map[string]string{},
		CredentialLast4: p.App.Last4,
		Templates:       map[string]*contentBody{},
		Unexpected:      repliesOf(p.Unexpected),
		Notice:          p.Notice(),
		Version:         p.Version,
	}
	maps.Copy(body.ProviderIDs, p.App.ProviderIDs)

	for kind, content := range p.Templates {
		body.Templates[kind] = contentOf(content.TemplateID, content.Filling)
	}

	return body
}

// platformAppFields are what the platform sets of an app of its own.
type platformAppFields struct {
	Name          string                  `json:"name" api:"required"`
	Provider      string                  `json:"provider" api:"required"`
	Number        string                  `json:"number"`
	ProviderIDs   map[string]string       `json:"providerIds"`
	Credential    config.Secret           `json:"credential"`
	SigningSecret config.Secret           `json:"signingSecret"`
	Templates     map[string]*contentBody `json:"templates"`
	Unexpected    repliesBody             `json:"unexpectedReplies"`
}

// input returns the fields as the use case takes them.
func (f platformAppFields) input() (settings.PlatformAppInput, error) {
	in := settings.PlatformAppInput{
		Name: f.Name,
		ConnectionInput: settings.ConnectionInput{
			Provider:    f.Provider,
			Number:      f.Number,
			ProviderIDs: f.ProviderIDs,
			Credential:  f.Credential,
			Signing:     f.SigningSecret,
		},
		Templates:  map[order.Kind]account.Content{},
		Unexpected: f.Unexpected.input(),
	}

	for _, name := range slices.Sorted(maps.Keys(f.Templates)) {
		kind, known := order.ParseKind(name)
		if !known {
			return in, unknownEvent("templates", name)
		}

		content, err := f.Templates[name].input("templates." + kind.String() + ".")
		if err != nil {
			return in, err
		}

		in.Templates[kind] = *content
	}

	return in, nil
}

func (h *handler) listPlatformApps(c *call) error {
	all, err := h.Workspace.PlatformApps(c.r.Context(), c.caller)
	if err != nil {
		return err
	}

	apps := make([]platformAppBody, len(all))
	for i, p := range all {
		apps[i] = platformAppOf(p)
	}

	return httpx.WriteJSON(c.w, http.StatusOK, map[string]any{"apps": apps})
}

func (h *handler) getPlatformApp(c *call) error {
	p, err := h.Workspace.PlatformApp(c.r.Context(), c.caller, c.args["appId"])
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, p.Version, platformAppOf(p))
}

func (h *handler) putPlatformApp(c *call) error {
	var fields platformAppFields
	if err := c.decode(&fields); err != nil {
		return err
	}

	in, err := fields.input()
	if err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	saved, err := h.Workspace.PutPlatformApp(c.r.Context(), c.caller, c.args["appId"], in, seen)
	if err != nil {
		return err
	}

	status := http.StatusOK
	if saved.Created {
		status = http.StatusCreated
	}

	return c.answerAt(status, saved.Version, struct {
		App   platformAppBody `json:"app"`
		Check checkBody       `json:"check"`
		// Webhook is null unless the app has a new address.
		Webhook  *webhookBody  `json:"webhook"`
		Steps    []string      `json:"steps"`
		Findings []findingBody `json:"findings"`
		Risk     *riskBody     `json:"risk,omitempty"`
	}{platformAppOf(saved.PlatformApp), checkOf(saved.Check), webhookOf(saved.Webhook), append([]string{}, saved.Steps...), findingsOf(saved.Findings), riskOf(saved.Findings)})
}

func (h *handler) rotatePlatformCredential(c *call) error {
	var body credentialBody
	if err := c.decode(&body); err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	saved, err := h.Workspace.RotatePlatformCredential(c.r.Context(), c.caller, c.args["appId"], body.input(), seen)
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, saved.Version, verifiedBody[platformAppBody]{platformAppOf(saved.PlatformApp), checkOf(saved.Check)})
}

func (h *handler) rotatePlatformWebhookToken(c *call) error {
	seen, err := c.seen()
	if err != nil {
		return err
	}

	saved, err := h.Workspace.RotatePlatformWebhook(c.r.Context(), c.caller, c.args["appId"], seen)
	if err != nil {
		return err
	}

	return c.answerAt(http.StatusOK, saved.Version, calledBackBody[platformAppBody]{platformAppOf(saved.PlatformApp), webhookOf(saved.Webhook), saved.Steps})
}
