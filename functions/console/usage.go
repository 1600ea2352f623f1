package console

func (h *handler) usage(c *call) error {
	return c.show("usage", page{Title: "Usage", Tab: "usage"}, nil)
}
