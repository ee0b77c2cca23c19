import "../ui/base.css";
import "../ui/tools.css";
import "./phone.css";
import { mount } from "svelte";
import { followDevice } from "../ui/paint";
import Page from "./Page.svelte";

followDevice();
mount(Page, {
  target: document.getElementById("app")!,
  props: { code: location.pathname.split("/")[1] ?? "" },
});
