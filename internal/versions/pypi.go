package versions

import "errors"

func readPyPI(string) (version, error)     { return version{}, errors.New("x") }
func rangePyPI(string) (set, error)        { return nil, errors.New("x") }
func readRubyGems(string) (version, error) { return version{}, errors.New("x") }
func rangeRubyGems(string) (set, error)    { return nil, errors.New("x") }
func readComposer(string) (version, error) { return version{}, errors.New("x") }
func rangeComposer(string) (set, error)    { return nil, errors.New("x") }
