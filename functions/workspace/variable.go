package workspace

import (
	_ "embed" // the page and the description
	"html/template"
	"net/http"
	"strings"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	variables "github.com/eshopbox/whatsapp-notifications/shared/template"
)

// variableBody is a variable as it is answered.
type variableBody struct {
	Key      string   `json:"key"`
	Label    string   `json:"label"`
	Sample   string   `json:"sample"`
	Sources  []string `json:"sources"`
	Fallback string   `json:"fallback"`
	FreeText bool     `json:"freeText"`
	// Events are the kinds of event that can have a value; absent if all can.
	Events []string `json:"events,omitempty"`
	// Groups are these events as people call them, in the groups of the list of notifications.
	Groups []eventGroup `json:"-"`
}

// eventGroup is a part of the list of notifications.
type eventGroup struct {
	Label string
	// All says that every event of the group is among them.
	All    bool
	Labels []string
}

func variableOf(v variables.Variable) variableBody {
	body := variableBody{
		Key:      v.Key,
		Label:    v.Label,
		Sample:   v.Sample,
		Sources:  append([]string{}, v.Sources...),
		Fallback: v.Fallback,
		FreeText: v.FreeText,
	}
	if v.Events == nil {
		return body
	}

	for _, e := range order.Catalog() {
		if v.At(e.Kind) {
			body.Events = append(body.Events, e.Kind.String())
		}
	}

	for _, g := range account.Groups() {
		group := eventGroup{Label: g.Label}
		for _, e := range g.Events {
			if v.At(e.Kind) {
				group.Labels = append(group.Labels, e.Label)
			}
		}

		group.All = len(group.Labels) == len(g.Events)
		if len(group.Labels) > 0 {
			body.Groups = append(body.Groups, group)
		}
	}

	return body
}

//go:embed variables.html
var variablesHTML string

// variablesPage is the help page for brands. It is read at the first request for it.
var variablesPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("variables").Parse(variablesHTML))
})

// listVariables answers with the variables, as a page for a person if the request asks for one.
func (h *handler) listVariables(c *call) error {
	all, err := h.Workspace.Variables(c.caller)
	if err != nil {
		return err
	}

	bodies := make([]variableBody, len(all))
	for i, v := range all {
		bodies[i] = variableOf(v)
	}

	c.w.Header().Add("Vary", "Accept")

	if !httpx.Prefers(c.r, "text/html", "application/json") {
		return httpx.WriteJSON(c.w, http.StatusOK, map[string]any{"variables": bodies})
	}

	var page strings.Builder
	if err := variablesPage().Execute(&page, bodies); err != nil {
		return err
	}

	c.w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")

	return httpx.WriteBytes(c.w, http.StatusOK, "text/html; charset=utf-8", []byte(page.String()))
}

// OpenAPI describes every route, as OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

func (h *handler) getOpenAPI(c *call) error {
	return httpx.WriteBytes(c.w, http.StatusOK, "application/yaml", OpenAPI)
}
