package site

// A Store says where is kept what must be remembered from one request to the next. In
// the file it is the map, or the URL alone.
type Store struct {
	URL          string `yaml:"url" doc:"memory, file:/PATH, or redis://HOST:PORT, rediss://HOST:PORT over TLS or unix:///PATH of Redis or Valkey, which nodes may share" required:"true" alone:"true"`
	PasswordFile string `yaml:"password-file" doc:"file with the password of the store in its first line"`
	CA           string `yaml:"ca" doc:"PEM file with the roots to trust the store's certificate by" default:"the system's"`
	Cert         string `yaml:"cert" doc:"PEM file of the certificate to show to the store"`
	Key          string `yaml:"key" doc:"PEM file of its key"`
	Prefix       string `yaml:"prefix" doc:"what every key begins with" default:"pavise:"`

	Line int // where the section begins in the file
}

// beside takes relative paths from the folder.
func (s *Store) beside(folder string) {
	takeFrom(folder, &s.PasswordFile, &s.CA, &s.Cert, &s.Key)
}

// store notes where the section begins, and what cannot be meant together.
func (d *decoder) store(f *File) {
	if n := d.where[&f.SecretFile]; n != nil {
		f.SecretLine = n.Line
	}
	s := &f.Store
	n := d.where[s]
	if n == nil {
		return
	}
	s.Line = n.Line
	if (s.Cert == "") != (s.Key == "") {
		d.fail(n, "", "store: cert and key go together")
	}
}
