package pavise

// spare lets what refuses by behaviour observe a client for whom a protection window is
// open. It is for when it is known who asks, and before the first of those looks.
func (c *Chain) spare(x *Exchange) {
	if !c.env.Watch.Spared(x.Client) {
		return
	}
	if len(x.weak) == 0 {
		x.weak = append(x.weak, make([]Mode, len(c.ids))...)
	}
	for _, link := range c.behaviour {
		if x.weak[link] == Enforce {
			x.weak[link] = Observe
		}
	}
}
