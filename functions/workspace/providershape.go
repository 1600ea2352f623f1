package workspace

import (
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// shapeBody is a form of a provider's bodies as it is answered.
type shapeBody struct {
	Fingerprint string    `json:"fingerprint"`
	Provider    string    `json:"provider"`
	Door        string    `json:"door"`
	Kind        string    `json:"kind"`
	Path        string    `json:"path"`
	Outline     string    `json:"outline"`
	FirstAt     time.Time `json:"firstAt"`
	LastAt      time.Time `json:"lastAt"`
	Count       int64     `json:"count"`
	// Others and Fixture are of one that was asked for alone.
	Others  []string `json:"others,omitempty"`
	Fixture string   `json:"fixture,omitempty"`
}

func shapeOf(s store.Shape) shapeBody {
	return shapeBody{
		Fingerprint: s.Fingerprint,
		Provider:    s.Provider,
		Door:        s.Door,
		Kind:        s.Kind,
		Path:        s.Path,
		Outline:     s.Outline,
		FirstAt:     s.FirstAt,
		LastAt:      s.LastAt,
		Count:       s.Count,
	}
}

func (h *handler) listShapes(c *call) error {
	all, err := h.Workspace.Shapes(c.r.Context(), c.caller)
	if err != nil {
		return err
	}

	shapes := make([]shapeBody, len(all))
	for i, s := range all {
		shapes[i] = shapeOf(s)
	}

	return httpx.WriteJSON(c.w, http.StatusOK, map[string]any{"shapes": shapes})
}

func (h *handler) getShape(c *call) error {
	s, err := h.Workspace.Shape(c.r.Context(), c.caller, c.args["fingerprint"])
	if err != nil {
		return err
	}

	body := shapeOf(s)
	body.Others, body.Fixture = s.Others, s.Fixture

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}
