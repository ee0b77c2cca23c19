import "../ui/base.css";
import "../ui/tools.css";
import { mount } from "svelte";
import { followDevice } from "../ui/paint";
import Page from "./Page.svelte";

followDevice();
// A code that no wall has leads here too: it stands in the address.
mount(Page, { target: document.getElementById("app")!, props: { asked: /^\/(\d+)$/.exec(location.pathname)?.[1] ?? "" } });
