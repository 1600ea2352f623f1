package template

// Extras are the variables beyond those of the requirement: Resolve fills them, and they are held to the same rules.
func Extras() []Variable { return variables(extra) }
