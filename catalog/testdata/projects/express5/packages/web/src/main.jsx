import { hydrateRoot } from "react-dom/client";

hydrateRoot(document.getElementById("app"), <main dangerouslySetInnerHTML={{ __html: window.notice }} />);
