package workspace

// Route is a method and a path of those that are served.
type Route struct{ Method, Path string }

// Routes are all routes.
func Routes() []Route {
	all := make([]Route, len(routes))
	for i, r := range routes {
		all[i] = Route{r.method, r.path}
	}

	return all
}
